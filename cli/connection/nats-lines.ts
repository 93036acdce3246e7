/** Operations that a payload follows, and whether their header comes first in it. */
const withPayload: Readonly<Record<string, boolean>> = { PUB: false, MSG: false, HPUB: true, HMSG: true };

const lineEnd = Buffer.from('\r\n');

/**
 * Reads one direction of a NATS connection and tells each operation in a line: its words, and of its payload the headers
 * and the size. What authenticates is not told. Holds at most one line of the protocol, or one block of headers.
 */
export function createNatsLines(tell: (line: string) => void): (chunk: Buffer) => void {
  let pending: Buffer = Buffer.alloc(0);
  let skip = 0;
  return (chunk) => {
    let rest = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    for (;;) {
      const skipped = Math.min(skip, rest.length);
      skip -= skipped;
      rest = rest.subarray(skipped);
      const end = rest.indexOf(lineEnd);
      if (skip > 0 || end < 0) break;
      const line = rest.subarray(0, end).toString('latin1');
      const words = line.split(/[ \t]+/);
      const operation = words[0]?.toUpperCase() ?? '';
      const body = end + lineEnd.length;
      const hasHeaders = withPayload[operation];
      if (hasHeaders === undefined) {
        tell(shown(operation, line));
        rest = rest.subarray(body);
        continue;
      }
      const headerBytes = hasHeaders ? Number(words.at(-2)) : 0;
      if (rest.length < body + headerBytes) break;
      const headers = rest.subarray(body, body + headerBytes).toString('latin1');
      tell(
        [
          line,
          ...headers
            .split('\r\n')
            .slice(1)
            .filter((text) => text !== ''),
        ].join(' | '),
      );
      rest = rest.subarray(body + headerBytes);
      skip = Number(words.at(-1)) - headerBytes + lineEnd.length;
    }
    pending = rest;
  };
}

function shown(operation: string, line: string): string {
  if (operation === 'INFO') return line.replace(/"nonce":"[^"]*"/, '"nonce":"…"');
  if (operation === 'CONNECT')
    return line.replaceAll(/"(user|pass|auth_token|jwt|sig|nkey)":"[^"]*"/g, '"$1":"…"');
  return line;
}
