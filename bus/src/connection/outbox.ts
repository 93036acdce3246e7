/** A message on its way out. */
export interface OutgoingMessage {
  readonly subject: string;
  readonly body: Uint8Array;
  readonly head: Uint8Array | undefined;
  readonly reply: string | undefined;
}

/**
 * Gathers what one turn of the event loop sends, so that it leaves in one write to the socket. Replies wake their
 * callers one by one, and each would otherwise cause a system call of its own; with 64 to 256 calls in flight that
 * is a third of a caller's time.
 */
export interface Outbox {
  push(message: OutgoingMessage): void;
  /** Hands over what has been gathered now. */
  flush(): void;
}

/** Bytes at which a turn is not waited for: larger writes gain nothing, and the memory is better given back. */
const flushAtBytes = 64 * 1024;

export function createOutbox(send: (message: OutgoingMessage) => void): Outbox {
  let waiting: OutgoingMessage[] = [];
  let waitingBytes = 0;
  let scheduled = false;

  const flush = (): void => {
    scheduled = false;
    if (waiting.length === 0) return;
    const batch = waiting;
    waiting = [];
    waitingBytes = 0;
    for (const message of batch) send(message);
  };

  return {
    push(message) {
      waiting.push(message);
      waitingBytes += message.body.length;
      if (waitingBytes >= flushAtBytes) {
        flush();
      } else if (!scheduled) {
        scheduled = true;
        setImmediate(flush);
      }
    },
    flush,
  };
}
