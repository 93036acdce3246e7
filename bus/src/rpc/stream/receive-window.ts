import { createEnvelopeReader, envelopePrefixBytes } from '../../wire/envelope.ts';

/**
 * The incoming byte stream of one direction: what has arrived and not been taken, and how much more may come. Holds at
 * most the window and one message, whatever the sizes of the messages are.
 */
export interface ReceiveWindow {
  /** Takes the next bytes of the stream. @throws EnvelopeError */
  push(chunk: Uint8Array): void;
  /** The stream is complete. @throws RangeError when it ends within a message. */
  last(): void;
  /** Whether the stream is complete and every message has been told. */
  readonly complete: boolean;
  /** Bytes to be granted to the sender now, 0 for none. Counted as granted. */
  takeGrant(): number;
  /** Whether `takeGrant` would grant something. */
  readonly owesGrant: boolean;
}

export interface ReceiveWindowOptions {
  readonly windowBytes: number;
  readonly maxMessageBytes: number;
  /** A message; `release` says that it has been taken. */
  onMessage(message: Uint8Array, release: () => void): void;
  /** Every message has been told, and there will be no more. */
  onComplete(): void;
  /** A grant has become due. */
  onGrantDue(): void;
}

/**
 * Messages told before they are taken. The objects around small messages weigh many times their bytes: beyond this the
 * rest of the window stays unread, as the bytes that came.
 */
const maxUntaken = 512;

export function createReceiveWindow(options: ReceiveWindowOptions): ReceiveWindow {
  const { windowBytes } = options;
  const backlog: Uint8Array[] = [];
  let untaken = 0;
  // Bytes of complete messages that nobody has taken.
  let held = 0;
  // Bytes granted beyond the window, so that a message larger than it can arrive at all.
  let loan = 0;
  let owed = 0;
  let lastSeen = false;
  let complete = false;
  let draining = false;

  const reader = createEnvelopeReader({
    maxMessageBytes: options.maxMessageBytes,
    mayRead: () => untaken < maxUntaken,
    onMessage(message) {
      const bytes = envelopePrefixBytes + message.length - loan;
      loan = 0;
      held += bytes;
      untaken++;
      let released = false;
      options.onMessage(message, () => {
        if (released) return;
        released = true;
        held -= bytes;
        untaken--;
        owed += bytes;
        drain();
        settle();
      });
    },
  });
  /** Reads on in what came while there was no room. */
  const drain = (): void => {
    if (draining) return;
    draining = true;
    try {
      while (backlog.length > 0) {
        const chunk = backlog[0] as Uint8Array;
        const taken = reader.push(chunk);
        if (taken < chunk.length) {
          backlog[0] = chunk.subarray(taken);
          break;
        }
        backlog.shift();
      }
    } finally {
      draining = false;
    }
    if (lastSeen && backlog.length === 0 && !complete) {
      if (!reader.atBoundary) throw new RangeError('the stream ends within a message');
      complete = true;
      options.onComplete();
    }
  };
  const isDue = (): boolean =>
    owed > 0 &&
    !lastSeen &&
    (owed >= windowBytes / 2 || (held === 0 && reader.pendingBytes > windowBytes / 2));
  const settle = (): void => {
    // As long as anything is held, taking it brings credit. After that only a loan can.
    const lacking = reader.pendingBytes - windowBytes - loan;
    if (held === 0 && lacking > 0) {
      loan += lacking;
      owed += lacking;
    }
    if (isDue()) options.onGrantDue();
  };

  return {
    get complete() {
      return complete;
    },
    get owesGrant() {
      return isDue();
    },
    push(chunk) {
      if (lastSeen) throw new RangeError('there is data after the end of the stream');
      backlog.push(chunk);
      drain();
      settle();
    },
    last() {
      lastSeen = true;
      drain();
    },
    takeGrant() {
      if (!isDue()) return 0;
      const grant = owed;
      owed = 0;
      return grant;
    },
  };
}
