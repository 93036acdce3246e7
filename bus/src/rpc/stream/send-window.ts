import type { EncodeTarget } from '../../codec/message-codec.ts';
import type { BlockPool } from '../../connection/block-pool.ts';
import { envelopePrefixBytes } from '../../wire/envelope.ts';

/** The outgoing byte stream of one direction: envelopes waiting for credit. */
export interface SendWindow {
  /** Bytes that wait. */
  readonly waitingBytes: number;
  /** Whether the stream has been closed and nothing waits any more. */
  readonly drained: boolean;
  /** Puts a message in line. Large ones are copied when they leave: they must not be changed before. */
  write(message: Uint8Array): void;
  /** Puts a message in line that `encodeInto` encodes, nothing when it throws. Returns the size of the message. */
  encode<T>(encodeInto: EncodeInto<T>, message: T): number;
  /** Nothing will be written any more. */
  end(): void;
  /** The receiver takes so many more bytes. */
  grant(bytes: number): void;
  /** Drops what waits. */
  clear(): void;
  /**
   * Takes out the next piece, as long as credit and `mostBytes` allow; undefined when there is none. Its parts are views
   * that hold until the next call of anything here.
   */
  take(mostBytes: number): readonly Uint8Array[] | undefined;
}

/** Encodes a message into a target, and returns its size. */
export type EncodeInto<T> = (target: EncodeTarget, message: T) => number;

/** Messages up to this size are copied as they are written: a part of the line for each would cost more. */
const maxGatheredBytes = 4 * 1024;

/** Bytes in line. */
interface Part {
  readonly bytes: Uint8Array;
  /** The block that is free when the part has been taken: its last one. */
  block: Buffer | undefined;
}

/** Chunks of small messages grow with what a stream writes: most streams are short. */
const firstChunkBytes = 2 * 1024;
const largestChunkBytes = 64 * 1024;

export function createSendWindow(creditBytes: number, blocks: BlockPool): SendWindow {
  // Prefixes and messages, first one partly taken.
  const line: Part[] = [];
  let firstTaken = 0;
  let waitingBytes = 0;
  let credit = creditBytes;
  let ended = false;
  // What is written is gathered in one chunk, of which `sealed` to `filled` is not in the line yet.
  let chunk: Buffer | undefined;
  let borrowed = false;
  let grownTo = firstChunkBytes / 2;
  let sealed = 0;
  let filled = 0;
  // Blocks whose bytes have been taken, but may not have been read yet.
  const taken: Buffer[] = [];

  const giveBack = (): void => {
    for (let block = taken.pop(); block !== undefined; block = taken.pop()) blocks.give(block);
  };
  const seal = (): void => {
    if (chunk === undefined || filled === sealed) return;
    line.push({ bytes: chunk.subarray(sealed, filled), block: undefined });
    sealed = filled;
  };
  /** Lets the chunk go, for the pool if it came from there. Its last part is in the line, unless nothing waits. */
  const leaveChunk = (): void => {
    if (chunk !== undefined && borrowed) {
      const last = line.at(-1);
      if (last === undefined) taken.push(chunk);
      else last.block = chunk;
    }
    chunk = undefined;
    sealed = 0;
    filled = 0;
  };
  const room = (size: number): Buffer => {
    giveBack();
    if (chunk !== undefined && chunk.length - filled >= size) return chunk;
    seal();
    leaveChunk();
    borrowed = size > envelopePrefixBytes + maxGatheredBytes;
    if (borrowed) {
      chunk = blocks.take(size);
    } else {
      grownTo = Math.min(grownTo * 2, largestChunkBytes);
      chunk = Buffer.allocUnsafeSlow(Math.max(grownTo, size));
    }
    return chunk;
  };
  const writePrefix = (into: Buffer, length: number): void => {
    into[filled] = 0;
    into[filled + 1] = length >>> 24;
    into[filled + 2] = length >>> 16;
    into[filled + 3] = length >>> 8;
    into[filled + 4] = length;
  };
  const target: EncodeTarget = {
    reserve(size) {
      room(envelopePrefixBytes + size);
      return filled + envelopePrefixBytes;
    },
    get bytes() {
      return chunk as Buffer;
    },
  };

  return {
    get waitingBytes() {
      return waitingBytes;
    },
    get drained() {
      return ended && waitingBytes === 0;
    },
    encode(encodeInto, message) {
      const length = encodeInto(target, message);
      writePrefix(target.bytes, length);
      filled += envelopePrefixBytes + length;
      waitingBytes += envelopePrefixBytes + length;
      return length;
    },
    write(message) {
      const { length } = message;
      const small = length <= maxGatheredBytes;
      const into = room(small ? envelopePrefixBytes + length : envelopePrefixBytes);
      writePrefix(into, length);
      filled += envelopePrefixBytes;
      if (small) {
        into.set(message, filled);
        filled += length;
      } else {
        seal();
        line.push({ bytes: message, block: undefined });
      }
      waitingBytes += envelopePrefixBytes + length;
    },
    end() {
      ended = true;
    },
    grant(bytes) {
      credit += bytes;
    },
    clear() {
      for (const { block } of line) if (block !== undefined) taken.push(block);
      line.length = 0;
      firstTaken = 0;
      waitingBytes = 0;
      leaveChunk();
      giveBack();
    },
    take(mostBytes) {
      giveBack();
      const size = Math.min(waitingBytes, credit, mostBytes);
      if (size <= 0) return undefined;
      seal();
      const parts: Uint8Array[] = [];
      let takenBytes = 0;
      let used = 0;
      while (takenBytes < size) {
        const { bytes, block } = line[used] as Part;
        const length = Math.min(bytes.length - firstTaken, size - takenBytes);
        parts.push(length === bytes.length ? bytes : bytes.subarray(firstTaken, firstTaken + length));
        takenBytes += length;
        firstTaken += length;
        if (firstTaken === bytes.length) {
          if (block !== undefined) taken.push(block);
          used++;
          firstTaken = 0;
        }
      }
      if (used > 0) line.splice(0, used);
      waitingBytes -= size;
      credit -= size;
      // Nothing waits in the chunk: a block goes back, and a chunk of its own is used by a steady stream from the start.
      if (waitingBytes === 0 && borrowed) leaveChunk();
      else if (waitingBytes === 0) {
        sealed = 0;
        filled = 0;
      }
      return parts;
    },
  };
}
