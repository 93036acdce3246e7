/** A place in the bytes of a message. Whoever meets what it does not take sets `at` to `nowhere`; nothing is thrown. */
export interface ByteReader {
  readonly bytes: Uint8Array;
  at: number;
  /** Messages around this place. */
  depth: number;
  /** Made when the first number of a fixed size is read. */
  view: DataView | undefined;
}

/** Behind the end of any message: every loop over bytes ends there, and no message ends there. */
export const nowhere = 0x3fffffff;

/** Reads a varint as an unsigned 32-bit number; of a longer one its lowest 32 bits, as protobuf-es has it. */
export function readVarint32(reader: ByteReader): number {
  const first = reader.bytes[reader.at] as number;
  if (first < 0x80) {
    reader.at++;
    return first;
  }
  return longVarint32(reader);
}

function longVarint32(reader: ByteReader): number {
  const { bytes } = reader;
  let value = 0;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[reader.at + i];
    if (byte === undefined) break;
    if (i < 5) value |= (byte & 0x7f) << (7 * i);
    if (byte < 0x80) {
      reader.at += i + 1;
      return value >>> 0;
    }
  }
  reader.at = nowhere;
  return 0;
}

/** Reads the tag of a field. One of five bytes or more may be none at all. */
export function readTag(reader: ByteReader): number {
  const start = reader.at;
  const tag = readVarint32(reader);
  if (reader.at - start > 4) reader.at = nowhere;
  return tag;
}

// Two words of a 64-bit number: written as numbers, read as a bigint.
const words = new DataView(new ArrayBuffer(8));

/** Reads a varint into `words`. */
function readWords(reader: ByteReader): void {
  const { bytes } = reader;
  let low = 0;
  let high = 0;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[reader.at + i];
    if (byte === undefined) break;
    const bits = byte & 0x7f;
    if (i < 4) low |= bits << (7 * i);
    else if (i === 4) {
      low |= bits << 28;
      high = bits >> 4;
    } else high |= bits << (7 * i - 32);
    if (byte < 0x80) {
      reader.at += i + 1;
      words.setInt32(0, low, true);
      words.setInt32(4, high, true);
      return;
    }
  }
  reader.at = nowhere;
}

/** Reads a varint as a signed 64-bit number. */
export function readInt64(reader: ByteReader): bigint {
  readWords(reader);
  return words.getBigInt64(0, true);
}

/** Reads a varint as an unsigned 64-bit number. */
export function readUint64(reader: ByteReader): bigint {
  readWords(reader);
  return words.getBigUint64(0, true);
}

/** Reads a number of a fixed size by `get`, which is told where it begins. */
export function readFixed<T>(
  reader: ByteReader,
  width: 4 | 8,
  get: (view: DataView, at: number) => T,
): T | undefined {
  const { at, bytes } = reader;
  if (at + width > bytes.length) {
    reader.at = nowhere;
    return undefined;
  }
  reader.view ??= new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  reader.at = at + width;
  return get(reader.view, at);
}

/** Reads the length of a part and returns where the part ends, -1 when that is behind the end of the bytes. */
export function readEnd(reader: ByteReader): number {
  const length = readVarint32(reader);
  const end = reader.at + length;
  if (end <= reader.bytes.length) return end;
  reader.at = nowhere;
  return -1;
}
