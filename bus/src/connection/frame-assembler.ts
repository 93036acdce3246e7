/** Puts what comes in from the broker together into frames, none of which ends within a message or a line. */
export type FrameAssembler = (bytes: Buffer) => void;

const lineFeed = 0x0a;
const zero = 0x30;
const nine = 0x39;

/**
 * The stream from a broker is lines that end in CRLF; those of a message (`MSG`, `HMSG`) end in the size of what follows
 * them, which ends in CRLF too. The client's parser copies a message that comes in several pieces twice or more, into
 * memory that it gets anew as it grows. Here its size is known from its line: it is copied once, into memory of that size.
 *
 * `onFrame` gets memory of its own; the bytes that were pushed may be used again.
 */
export function createFrameAssembler(onFrame: (frame: Buffer) => void): FrameAssembler {
  // A message whose line has come in, and how much of it there is.
  let whole: Buffer | undefined;
  let filled = 0;
  // The beginning of a line.
  let line: Buffer | undefined;

  /** Copies what belongs to the message under way. Returns how much that was. */
  const fill = (message: Buffer, bytes: Buffer): number => {
    const taken = bytes.copy(message, filled);
    filled += taken;
    if (filled === message.length) {
      whole = undefined;
      onFrame(message);
    }
    return taken;
  };

  return (pushed) => {
    let bytes = pushed;
    if (line !== undefined) {
      bytes = Buffer.concat([line, pushed]);
      line = undefined;
    }
    const start = whole === undefined ? 0 : fill(whole, bytes);
    let at = start;
    while (at < bytes.length) {
      const feed = bytes.indexOf(lineFeed, at);
      if (feed < 0) {
        line = Buffer.from(bytes.subarray(at));
        break;
      }
      const end = feed + 1 + followingBytes(bytes, at, feed);
      if (end > bytes.length) {
        whole = Buffer.allocUnsafeSlow(end - at);
        filled = bytes.copy(whole, 0, at);
        break;
      }
      at = end;
    }
    if (at > start) onFrame(Buffer.from(bytes.subarray(start, at)));
  };
}

/** Bytes that follow a line, which ends at `feed`: those of a message with its CRLF, none behind any other line. */
export function followingBytes(bytes: Buffer, start: number, feed: number): number {
  const isMessage = isLetter(bytes[start], 'M') || isLetter(bytes[start], 'H');
  if (!isMessage) return 0;
  let size = 0;
  let factor = 1;
  for (let at = feed - 2; at > start; at--) {
    const digit = bytes[at] as number;
    if (digit < zero || digit > nine) break;
    size += (digit - zero) * factor;
    factor *= 10;
  }
  return size + 2;
}

function isLetter(byte: number | undefined, letter: 'M' | 'H'): boolean {
  return byte === letter.charCodeAt(0) || byte === letter.charCodeAt(0) + 0x20;
}
