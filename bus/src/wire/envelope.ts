/**
 * Messages in a byte stream, each behind five bytes as in gRPC (PROTOCOL-HTTP2, "Length-Prefixed-Message"): one
 * flag byte, 0 here, and the length in four bytes, big-endian. The stream is cut anywhere into frames, so several
 * small messages share one, and a large one spans many.
 */
export const envelopePrefixBytes = 5;

/** The five bytes before a message. */
export function envelopePrefix(length: number): Uint8Array {
  const prefix = Buffer.allocUnsafe(envelopePrefixBytes);
  prefix[0] = 0;
  prefix.writeUInt32BE(length, 1);
  return prefix;
}

export interface EnvelopeReaderOptions {
  /** Largest message taken. It is refused by its prefix, before any memory is spent on it. */
  readonly maxMessageBytes: number;
  onMessage(message: Uint8Array): void;
  /** Asked before each message: whether there is room for one. */
  mayRead(): boolean;
}

/** Puts a byte stream together again. */
export interface EnvelopeReader {
  /**
   * Takes the next bytes. Returns how many it took: fewer than there are when `mayRead` says no; the rest is to be
   * offered again.
   *
   * @throws EnvelopeError for a message above the limit, or a flag that is not 0.
   */
  push(chunk: Uint8Array): number;
  /** Size of the message that is incomplete, as far as it is known, prefix included; 0 when there is none. */
  readonly pendingBytes: number;
  /** Whether the stream may end here: not within a message. */
  readonly atBoundary: boolean;
}

/** The byte stream is not one of messages within the limit. */
export class EnvelopeError extends Error {
  override readonly name = 'EnvelopeError';
  /** Length that was announced, when it was above the limit. */
  readonly announcedBytes: number | undefined;
  constructor(message: string, announcedBytes?: number) {
    super(message);
    this.announcedBytes = announcedBytes;
  }
}

export function createEnvelopeReader(options: EnvelopeReaderOptions): EnvelopeReader {
  const prefix = Buffer.alloc(envelopePrefixBytes);
  let prefixFilled = 0;
  let body: Buffer | undefined;
  let bodyFilled = 0;

  const announced = (): number => {
    if (prefix[0] !== 0) throw new EnvelopeError(`a message has the flags ${prefix[0]}, which are not known`);
    const length = prefix.readUInt32BE(1);
    if (length <= options.maxMessageBytes) return length;
    throw new EnvelopeError(
      `a message of ${length} bytes is over the limit of ${options.maxMessageBytes}`,
      length,
    );
  };
  const complete = (message: Uint8Array): void => {
    prefixFilled = 0;
    body = undefined;
    bodyFilled = 0;
    options.onMessage(message);
  };

  return {
    get atBoundary() {
      return prefixFilled === 0;
    },
    get pendingBytes() {
      if (body !== undefined) return envelopePrefixBytes + body.length;
      return prefixFilled > 0 ? envelopePrefixBytes : 0;
    },
    push(chunk) {
      let at = 0;
      while (at < chunk.length) {
        if (body === undefined) {
          if (prefixFilled === 0 && !options.mayRead()) return at;
          const taken = Math.min(envelopePrefixBytes - prefixFilled, chunk.length - at);
          for (let i = 0; i < taken; i++) prefix[prefixFilled + i] = chunk[at + i] as number;
          prefixFilled += taken;
          at += taken;
          if (prefixFilled < envelopePrefixBytes) break;
          const length = announced();
          // The common case: the message lies whole in the chunk, and can be a view of it.
          if (chunk.length - at >= length) {
            const message = chunk.subarray(at, at + length);
            at += length;
            complete(message);
            continue;
          }
          body = Buffer.allocUnsafe(length);
        }
        const taken = Math.min(body.length - bodyFilled, chunk.length - at);
        body.set(chunk.subarray(at, at + taken), bodyFilled);
        bodyFilled += taken;
        at += taken;
        if (bodyFilled === body.length) complete(body);
      }
      return at;
    },
  };
}
