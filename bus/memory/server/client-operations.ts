/** What a client says to the broker. */
export type ClientOperation =
  | { readonly kind: 'connect' | 'ping' | 'pong' }
  | {
      readonly kind: 'publish';
      readonly subject: string;
      readonly reply: string;
      readonly head: Uint8Array | undefined;
      readonly body: Uint8Array;
    }
  | { readonly kind: 'subscribe'; readonly subject: string; readonly queue: string; readonly id: string }
  | { readonly kind: 'unsubscribe'; readonly id: string; readonly afterMessages: number }
  | { readonly kind: 'unknown'; readonly line: string };

const lineEnd = Buffer.from('\r\n');
const none = Buffer.alloc(0);

/** Reads the client's half of the NATS protocol, in whatever pieces it comes. What is told is memory of its own. */
export function createOperationReader(
  onOperation: (operation: ClientOperation) => void,
): (bytes: Buffer) => void {
  let rest = none;
  return (bytes) => {
    let buffer = rest.length === 0 ? Buffer.from(bytes) : Buffer.concat([rest, bytes]);
    for (;;) {
      const end = buffer.indexOf(lineEnd);
      if (end < 0) break;
      const [name = '', ...words] = buffer.toString('utf8', 0, end).split(' ').filter(Boolean);
      const body = end + lineEnd.length;
      const size = carriesPayload(name) ? Number(words.at(-1)) + lineEnd.length : 0;
      if (buffer.length < body + size) break;
      onOperation(
        operationOf(name, words, buffer.subarray(body, Math.max(body, body + size - lineEnd.length))),
      );
      buffer = buffer.subarray(body + size);
    }
    rest = buffer;
  };
}

function carriesPayload(name: string): boolean {
  return /^h?pub$/i.test(name);
}

function operationOf(name: string, words: readonly string[], payload: Buffer): ClientOperation {
  const [first = '', second = '', third = ''] = words;
  switch (name.toUpperCase()) {
    case 'PUB':
      return {
        kind: 'publish',
        subject: first,
        reply: words.length > 2 ? second : '',
        head: undefined,
        body: payload,
      };
    case 'HPUB': {
      const headBytes = Number(words.at(-2));
      return {
        kind: 'publish',
        subject: first,
        reply: words.length > 3 ? second : '',
        head: payload.subarray(0, headBytes),
        body: payload.subarray(headBytes),
      };
    }
    case 'SUB':
      return words.length > 2
        ? { kind: 'subscribe', subject: first, queue: second, id: third }
        : { kind: 'subscribe', subject: first, queue: '', id: second };
    case 'UNSUB':
      return { kind: 'unsubscribe', id: first, afterMessages: Number(second || 0) };
    case 'CONNECT':
      return { kind: 'connect' };
    case 'PING':
      return { kind: 'ping' };
    case 'PONG':
      return { kind: 'pong' };
    default:
      return { kind: 'unknown', line: [name, ...words].join(' ') };
  }
}
