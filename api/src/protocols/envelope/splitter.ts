import { Code, ConnectError } from '@connectrpc/connect';
import { prefixBytes } from './prefix.ts';

/**
 * Takes a body of enveloped messages apart, as gRPC, gRPC-Web and Connect's streams have it: one byte of flags, four of
 * length, big-endian, then the message (gRPC PROTOCOL-HTTP2, "Length-Prefixed-Message"; Connect, "Enveloped-Message").
 */
export interface EnvelopeSplitter {
  /**
   * Takes the next bytes. Returns how many it took: fewer than there are when `mayRead` says no; the rest is to be
   * offered again.
   *
   * @throws ConnectError RESOURCE_EXHAUSTED for a message above the limit, told by its prefix alone
   */
  push(chunk: Uint8Array): number;
  /** Whether the body may end here: not within a message. */
  readonly atBoundary: boolean;
}

export interface EnvelopeSplitterOptions {
  /** Largest message taken, as sent: packed if it is packed. */
  readonly maxMessageBytes: number;
  /** Asked before each message: whether it may be told. */
  mayRead(): boolean;
  onEnvelope(flags: number, payload: Uint8Array): void;
}

/** First memory for a message that is still arriving. It doubles as bytes come, so that announcing costs nothing. */
const firstBufferBytes = 16 * 1024;

export function createEnvelopeSplitter(options: EnvelopeSplitterOptions): EnvelopeSplitter {
  const prefix = Buffer.alloc(prefixBytes);
  let prefixFilled = 0;
  let length = 0;
  let body: Buffer | undefined;
  let bodyFilled = 0;

  const complete = (payload: Uint8Array): void => {
    prefixFilled = 0;
    body = undefined;
    bodyFilled = 0;
    options.onEnvelope(prefix[0] as number, payload);
  };
  const readLength = (): void => {
    length = prefix.readUInt32BE(1);
    if (length > options.maxMessageBytes) throw messageTooLarge(length, options.maxMessageBytes);
  };
  const makeRoom = (wanted: number): Buffer => {
    if (body !== undefined && body.length >= wanted) return body;
    const size = Math.min(length, Math.max(wanted, (body?.length ?? firstBufferBytes / 2) * 2));
    const larger = Buffer.allocUnsafe(size);
    if (body !== undefined) larger.set(body.subarray(0, bodyFilled));
    body = larger;
    return larger;
  };

  return {
    get atBoundary() {
      return prefixFilled === 0;
    },
    push(chunk) {
      let at = 0;
      while (at < chunk.length) {
        if (prefixFilled < prefixBytes) {
          if (prefixFilled === 0 && !options.mayRead()) return at;
          const taken = Math.min(prefixBytes - prefixFilled, chunk.length - at);
          for (let i = 0; i < taken; i++) prefix[prefixFilled + i] = chunk[at + i] as number;
          prefixFilled += taken;
          at += taken;
          if (prefixFilled < prefixBytes) break;
          readLength();
        }
        // The common case: the message lies whole in the chunk, and can be a view of it.
        if (bodyFilled === 0 && chunk.length - at >= length) {
          const payload = chunk.subarray(at, at + length);
          at += length;
          complete(payload);
          continue;
        }
        const taken = Math.min(length - bodyFilled, chunk.length - at);
        makeRoom(bodyFilled + taken).set(chunk.subarray(at, at + taken), bodyFilled);
        bodyFilled += taken;
        at += taken;
        if (bodyFilled === length) complete((body as Buffer).subarray(0, length));
      }
      return at;
    },
  };
}

export function messageTooLarge(sizeBytes: number | undefined, maxBytes: number): ConnectError {
  const size = sizeBytes === undefined ? 'a message' : `a message of ${sizeBytes} bytes`;
  return new ConnectError(`${size} is over the limit of ${maxBytes} bytes`, Code.ResourceExhausted);
}
