import { envelopePrefixBytes } from '../../wire/envelope.ts';

/** The outgoing byte stream of one direction: envelopes waiting for credit. */
export interface SendWindow {
  /** Bytes that wait. */
  readonly waitingBytes: number;
  /** Whether the stream has been closed and nothing waits any more. */
  readonly drained: boolean;
  /** Puts a message in line. Large ones are copied when they leave: they must not be changed before. */
  write(message: Uint8Array): void;
  /** Nothing will be written any more. */
  end(): void;
  /** The receiver takes so many more bytes. */
  grant(bytes: number): void;
  /** Drops what waits. */
  clear(): void;
  /**
   * Takes out the next piece, as long as credit and `mostBytes` allow; undefined when there is none. Its parts are views
   * that hold until the next `write`.
   */
  take(mostBytes: number): readonly Uint8Array[] | undefined;
}

/** Messages up to this size are copied as they are written: a part of the line for each would cost more. */
const maxGatheredBytes = 4 * 1024;

/** Chunks grow with what a stream writes: most streams are short. */
const firstChunkBytes = 2 * 1024;
const largestChunkBytes = 64 * 1024;

export function createSendWindow(creditBytes: number): SendWindow {
  // Prefixes and messages, first one partly taken.
  const line: Uint8Array[] = [];
  let firstTaken = 0;
  let waitingBytes = 0;
  let credit = creditBytes;
  let ended = false;
  // Prefixes and small messages are gathered in one chunk, of which `sealed` to `filled` is not in the line yet.
  let chunk: Buffer | undefined;
  let sealed = 0;
  let filled = 0;

  const seal = (): void => {
    if (chunk === undefined || filled === sealed) return;
    line.push(chunk.subarray(sealed, filled));
    sealed = filled;
  };
  const room = (size: number): Buffer => {
    if (chunk !== undefined && chunk.length - filled >= size) return chunk;
    seal();
    const wanted = chunk === undefined ? firstChunkBytes : Math.min(chunk.length * 2, largestChunkBytes);
    chunk = Buffer.allocUnsafeSlow(Math.max(wanted, size));
    sealed = 0;
    filled = 0;
    return chunk;
  };

  return {
    get waitingBytes() {
      return waitingBytes;
    },
    get drained() {
      return ended && waitingBytes === 0;
    },
    write(message) {
      const small = message.length <= maxGatheredBytes;
      const into = room(small ? envelopePrefixBytes + message.length : envelopePrefixBytes);
      const { length } = message;
      into[filled] = 0;
      into[filled + 1] = length >>> 24;
      into[filled + 2] = length >>> 16;
      into[filled + 3] = length >>> 8;
      into[filled + 4] = length;
      filled += envelopePrefixBytes;
      if (small) {
        into.set(message, filled);
        filled += length;
      } else {
        seal();
        line.push(message);
      }
      waitingBytes += envelopePrefixBytes + message.length;
    },
    end() {
      ended = true;
    },
    grant(bytes) {
      credit += bytes;
    },
    clear() {
      line.length = 0;
      sealed = 0;
      filled = 0;
      firstTaken = 0;
      waitingBytes = 0;
    },
    take(mostBytes) {
      const size = Math.min(waitingBytes, credit, mostBytes);
      if (size <= 0) return undefined;
      seal();
      const parts: Uint8Array[] = [];
      let taken = 0;
      let used = 0;
      while (taken < size) {
        const part = line[used] as Uint8Array;
        const length = Math.min(part.length - firstTaken, size - taken);
        parts.push(length === part.length ? part : part.subarray(firstTaken, firstTaken + length));
        taken += length;
        firstTaken += length;
        if (firstTaken === part.length) {
          used++;
          firstTaken = 0;
        }
      }
      if (used > 0) line.splice(0, used);
      waitingBytes -= size;
      credit -= size;
      // Nothing waits in the chunk: a steady stream uses it again from the start.
      if (waitingBytes === 0) {
        sealed = 0;
        filled = 0;
      }
      return parts;
    },
  };
}
