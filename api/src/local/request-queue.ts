import { Code, ConnectError } from '@connectrpc/connect';

/** Requests that may wait for the handler before their sender is asked to wait. */
const maxWaiting = 16;

/** The requests of a call that runs in this process, between who sends them and the handler that reads them. */
export interface RequestQueue<T> {
  /** False asks to wait for `onRoom`. */
  push(request: T): boolean;
  end(): void;
  /** Nothing more comes; whoever still reads is told why. */
  close(reason: ConnectError): void;
  /** To be read once. */
  readonly messages: AsyncIterable<T>;
  /** The first request, of a method that takes one. @throws ConnectError UNIMPLEMENTED when there is none */
  only(): Promise<T>;
}

export function createRequestQueue<T>({ onRoom }: { onRoom(): void }): RequestQueue<T> {
  const waiting: T[] = [];
  let ended = false;
  let closed: ConnectError | undefined;
  let senderWaits = false;
  let wake: (() => void) | undefined;

  async function* read(): AsyncGenerator<T> {
    for (;;) {
      const next = waiting.shift();
      if (next !== undefined) {
        if (senderWaits && waiting.length < maxWaiting) {
          senderWaits = false;
          onRoom();
        }
        yield next;
      } else if (closed !== undefined) {
        throw closed;
      } else if (ended) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  }
  const messages = read();

  return {
    messages,
    push(request) {
      if (ended || closed !== undefined) return true;
      waiting.push(request);
      wake?.();
      senderWaits = waiting.length >= maxWaiting;
      return !senderWaits;
    },
    end() {
      ended = true;
      wake?.();
    },
    close(reason) {
      closed ??= reason;
      wake?.();
    },
    async only() {
      const first = await messages.next();
      if (first.done === true)
        throw new ConnectError('the method takes one message, and none was sent', Code.Unimplemented);
      return first.value;
    },
  };
}
