import { ScalarType } from '@bufbuild/protobuf';
import {
  type ByteWriter,
  takeSize,
  varint32Size,
  varint64Size,
  writeVarint32,
  writeVarint64,
} from './byte-writer.ts';

/** One kind of value on the wire, without its tag. */
export interface ValueEncoder {
  readonly wireType: 0 | 1 | 2 | 5;
  /**
   * Bytes of a value, and its lengths noted in `sizes`. NaN for whatever is not exactly a value of the kind: numbers out of
   * range or given as text, other objects. Those are for protobuf-es to convert or to refuse.
   */
  size(value: unknown, sizes: number[]): number;
  /** Writes a value that `size` has seen. */
  write(writer: ByteWriter, value: never): void;
}

export interface ScalarEncoder extends ValueEncoder {
  /** Whether a field with implicit presence that holds the value is left out. */
  isZero(value: unknown): boolean;
}

// Two words of a 64-bit number: written as a bigint, read as numbers.
const words = new DataView(new ArrayBuffer(8));
const lowWord = (): number => words.getUint32(0, true);
const highWord = (): number => words.getUint32(4, true);
const fitsSigned = (value: unknown): value is bigint =>
  typeof value === 'bigint' && BigInt.asIntN(64, value) === value;
const fitsUnsigned = (value: unknown): value is bigint =>
  typeof value === 'bigint' && BigInt.asUintN(64, value) === value;
const zigzag = (value: bigint): bigint => BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
const isNumberZero = (value: unknown): boolean => value === 0;
const isBigintZero = (value: unknown): boolean => value === 0n;
const isDoubleZero = (value: unknown): boolean => Object.is(value, 0);

const int32: ScalarEncoder = {
  wireType: 0,
  isZero: isNumberZero,
  size(value) {
    if (typeof value !== 'number' || (value | 0) !== value) return Number.NaN;
    return value < 0 ? 10 : varint32Size(value);
  },
  // A negative number is sent as the 64-bit number it would be.
  write: (writer, value: number) =>
    value < 0 ? writeVarint64(writer, value >>> 0, 0xffffffff) : writeVarint32(writer, value),
};

const uint32: ScalarEncoder = {
  wireType: 0,
  isZero: isNumberZero,
  size: (value) => (typeof value === 'number' && value >>> 0 === value ? varint32Size(value) : Number.NaN),
  write: (writer, value: number) => writeVarint32(writer, value),
};

const sint32: ScalarEncoder = {
  wireType: 0,
  isZero: isNumberZero,
  size(value) {
    if (typeof value !== 'number' || (value | 0) !== value) return Number.NaN;
    return varint32Size(((value << 1) ^ (value >> 31)) >>> 0);
  },
  write: (writer, value: number) => writeVarint32(writer, ((value << 1) ^ (value >> 31)) >>> 0),
};

/** 64-bit numbers as varints; `toWire` is what the wire holds for a value. */
function varint64(fits: typeof fitsSigned, toWire: (value: bigint) => bigint): ScalarEncoder {
  return {
    wireType: 0,
    isZero: isBigintZero,
    size(value) {
      if (!fits(value)) return Number.NaN;
      words.setBigUint64(0, toWire(value), true);
      return varint64Size(lowWord(), highWord());
    },
    write(writer, value: bigint) {
      words.setBigUint64(0, toWire(value), true);
      writeVarint64(writer, lowWord(), highWord());
    },
  };
}

/** Numbers of a fixed size, which `put` writes. */
function fixed(
  wireType: 1 | 5,
  { fits, isZero }: { fits(value: unknown): boolean; isZero(value: unknown): boolean },
  put: (bytes: Buffer, value: never, at: number) => void,
): ScalarEncoder {
  const width = wireType === 1 ? 8 : 4;
  return {
    wireType,
    isZero,
    size: (value) => (fits(value) ? width : Number.NaN),
    write(writer, value: never) {
      put(writer.bytes, value, writer.at);
      writer.at += width;
    },
  };
}

const bool: ScalarEncoder = {
  wireType: 0,
  isZero: (value) => value === false,
  size: (value) => (typeof value === 'boolean' ? 1 : Number.NaN),
  write(writer, value: boolean) {
    writer.bytes[writer.at++] = value ? 1 : 0;
  },
};

const bytes: ScalarEncoder = {
  wireType: 2,
  isZero: (value) => value instanceof Uint8Array && value.byteLength === 0,
  size(value) {
    if (!(value instanceof Uint8Array)) return Number.NaN;
    return varint32Size(value.length) + value.length;
  },
  write(writer, value: Uint8Array) {
    writeVarint32(writer, value.length);
    writer.bytes.set(value, writer.at);
    writer.at += value.length;
  },
};

/** Texts up to this length are measured and written character by character: a call into the engine costs more. */
const shortText = 24;

/** UTF-8 bytes of a text; a lone surrogate is the three bytes of U+FFFD, as TextEncoder has it. */
function textBytes(value: string): number {
  const { length } = value;
  if (length > shortText) return Buffer.byteLength(value);
  for (let i = 0; i < length; i++) if (value.charCodeAt(i) > 0x7f) return Buffer.byteLength(value);
  return length;
}

const string: ScalarEncoder = {
  wireType: 2,
  isZero: (value) => value === '',
  size(value, sizes) {
    if (typeof value !== 'string') return Number.NaN;
    const length = textBytes(value);
    sizes.push(length);
    return varint32Size(length) + length;
  },
  write(writer, value: string) {
    const length = takeSize(writer);
    writeVarint32(writer, length);
    const { bytes: target, at } = writer;
    if (length !== value.length) target.write(value, at, length, 'utf8');
    else if (length > shortText) target.write(value, at, length, 'latin1');
    else for (let i = 0; i < length; i++) target[at + i] = value.charCodeAt(i);
    writer.at = at + length;
  },
};

const isFloat = (value: unknown): boolean =>
  typeof value === 'number' && (Number.isFinite(Math.fround(value)) || !Number.isFinite(value));
const isDouble = (value: unknown): boolean => typeof value === 'number';
const isInt32 = (value: unknown): boolean => typeof value === 'number' && (value | 0) === value;
const isUint32 = (value: unknown): boolean => typeof value === 'number' && value >>> 0 === value;

/** How each scalar type is written. An enum is an INT32. */
export const scalarEncoders: Readonly<Record<ScalarType, ScalarEncoder>> = {
  [ScalarType.INT32]: int32,
  [ScalarType.UINT32]: uint32,
  [ScalarType.SINT32]: sint32,
  [ScalarType.INT64]: varint64(fitsSigned, (value) => BigInt.asUintN(64, value)),
  [ScalarType.UINT64]: varint64(fitsUnsigned, (value) => value),
  [ScalarType.SINT64]: varint64(fitsSigned, zigzag),
  [ScalarType.FIXED32]: fixed(5, { fits: isUint32, isZero: isNumberZero }, (target, value, at) =>
    target.writeUInt32LE(value, at),
  ),
  [ScalarType.SFIXED32]: fixed(5, { fits: isInt32, isZero: isNumberZero }, (target, value, at) =>
    target.writeInt32LE(value, at),
  ),
  [ScalarType.FIXED64]: fixed(1, { fits: fitsUnsigned, isZero: isBigintZero }, (target, value, at) =>
    target.writeBigUInt64LE(value, at),
  ),
  [ScalarType.SFIXED64]: fixed(1, { fits: fitsSigned, isZero: isBigintZero }, (target, value, at) =>
    target.writeBigInt64LE(value, at),
  ),
  [ScalarType.FLOAT]: fixed(5, { fits: isFloat, isZero: isDoubleZero }, (target, value, at) =>
    target.writeFloatLE(value, at),
  ),
  [ScalarType.DOUBLE]: fixed(1, { fits: isDouble, isZero: isDoubleZero }, (target, value, at) =>
    target.writeDoubleLE(value, at),
  ),
  [ScalarType.BOOL]: bool,
  [ScalarType.STRING]: string,
  [ScalarType.BYTES]: bytes,
};
