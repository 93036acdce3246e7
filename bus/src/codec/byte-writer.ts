/** Where a message is written, and what its size pass has noted for the write pass. */
export interface ByteWriter {
  readonly bytes: Buffer;
  at: number;
  /** Lengths in the order in which they are written: of nested messages, packed lists and texts. */
  readonly sizes: readonly number[];
  nextSize: number;
}

/** Bytes of an unsigned 32-bit number as a varint. */
export function varint32Size(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x200000) return 3;
  return value < 0x10000000 ? 4 : 5;
}

/** Writes an unsigned 32-bit number as a varint. */
export function writeVarint32(writer: ByteWriter, value: number): void {
  const { bytes } = writer;
  let { at } = writer;
  let rest = value;
  while (rest > 0x7f) {
    bytes[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  writer.at = at;
}

/** Bytes of an unsigned 64-bit number as a varint, given as two unsigned 32-bit words. */
export function varint64Size(low: number, high: number): number {
  return high === 0 ? varint32Size(low) : Math.ceil((64 - Math.clz32(high)) / 7);
}

/** Writes an unsigned 64-bit number as a varint, given as two unsigned 32-bit words. */
export function writeVarint64(writer: ByteWriter, low: number, high: number): void {
  const { bytes } = writer;
  let { at } = writer;
  let restLow = low;
  let restHigh = high;
  while (restHigh > 0 || restLow > 0x7f) {
    bytes[at++] = (restLow & 0x7f) | 0x80;
    restLow = ((restLow >>> 7) | (restHigh << 25)) >>> 0;
    restHigh >>>= 7;
  }
  bytes[at++] = restLow;
  writer.at = at;
}

/** The length that the size pass noted at this place. */
export function takeSize(writer: ByteWriter): number {
  return writer.sizes[writer.nextSize++] as number;
}
