import { type DescEnum, ScalarType } from '@bufbuild/protobuf';
import {
  type BinaryWriter,
  FLOAT32_MAX,
  INT32_MAX,
  INT32_MIN,
  UINT32_MAX,
  WireType,
} from '@bufbuild/protobuf/wire';
import { FieldViolation } from './field-violation.ts';
import { describeJson, type Json } from './json-value.ts';

/** Writes one value, without its tag. @throws FieldViolation when the JSON value is not of the type. */
export type WriteScalar = (json: Json, writer: BinaryWriter) => void;

/** ProtoJSON, column "JSON value" of its type table: numbers also as strings, bytes in base64 or base64url. */
export function scalarWriter(type: ScalarType): WriteScalar {
  return scalarWriters[type];
}

/** Wire type of a scalar outside a packed list. */
export function scalarWireType(type: ScalarType): WireType {
  switch (type) {
    case ScalarType.STRING:
    case ScalarType.BYTES:
      return WireType.LengthDelimited;
    case ScalarType.DOUBLE:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return WireType.Bit64;
    case ScalarType.FLOAT:
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return WireType.Bit32;
    default:
      return WireType.Varint;
  }
}

/** An enum value by name or by number; a number without a name is only taken where the enum is open. */
export function enumWriter(desc: DescEnum): WriteScalar {
  const numbers = new Map(
    desc.values.flatMap(({ name, jsonName, number }) => [
      [name, number] as const,
      [jsonName, number] as const,
    ]),
  );
  const isNull = desc.typeName === 'google.protobuf.NullValue';
  const expected = `expected ${listNames(desc.values.map(({ jsonName }) => jsonName))}`;
  return (json, writer) => {
    if (typeof json === 'string') {
      const number = numbers.get(json);
      if (number === undefined) throw new FieldViolation(`${expected}, got another name`);
      writer.int32(number);
    } else if (typeof json === 'number') {
      if (
        !Number.isInteger(json) ||
        json < INT32_MIN ||
        json > INT32_MAX ||
        (!desc.open && !desc.value[json])
      ) {
        throw new FieldViolation(`${expected} or the number of one, got another number`);
      }
      writer.int32(json);
    } else if (json === null && isNull) {
      writer.int32(0);
    } else {
      throw new FieldViolation(`${expected}, got ${describeJson(json)}`);
    }
  };
}

/** Names of an enum that fit in an error text. */
const maxListedNames = 12;

function listNames(names: readonly string[]): string {
  if (names.length > maxListedNames)
    return `one of ${names.length} names such as ${names.slice(0, 3).join(', ')}`;
  return names.length === 1 ? String(names[0]) : `one of ${names.join(', ')}`;
}

const scalarWriters: Readonly<Record<ScalarType, WriteScalar>> = {
  [ScalarType.STRING]: (json, writer) => {
    if (typeof json !== 'string') throw mismatch('a string', json);
    if (!json.isWellFormed())
      throw new FieldViolation('holds half of a surrogate pair, which no UTF-8 can express');
    writer.string(json);
  },
  [ScalarType.BOOL]: (json, writer) => {
    if (typeof json !== 'boolean') throw mismatch('true or false', json);
    writer.bool(json);
  },
  [ScalarType.BYTES]: (json, writer) => {
    if (typeof json !== 'string') throw mismatch('a base64 string', json);
    if (!base64Pattern.test(json) || json.replace(/=+$/, '').length % 4 === 1) {
      throw new FieldViolation('not base64 or base64url');
    }
    writer.bytes(Buffer.from(json, 'base64'));
  },
  [ScalarType.INT32]: (json, writer) => void writer.int32(int32(json)),
  [ScalarType.SINT32]: (json, writer) => void writer.sint32(int32(json)),
  [ScalarType.SFIXED32]: (json, writer) => void writer.sfixed32(int32(json)),
  [ScalarType.UINT32]: (json, writer) => void writer.uint32(uint32(json)),
  [ScalarType.FIXED32]: (json, writer) => void writer.fixed32(uint32(json)),
  [ScalarType.INT64]: (json, writer) => void writer.int64(int64(json)),
  [ScalarType.SINT64]: (json, writer) => void writer.sint64(int64(json)),
  [ScalarType.SFIXED64]: (json, writer) => void writer.sfixed64(int64(json)),
  [ScalarType.UINT64]: (json, writer) => void writer.uint64(uint64(json)),
  [ScalarType.FIXED64]: (json, writer) => void writer.fixed64(uint64(json)),
  [ScalarType.DOUBLE]: (json, writer) => void writer.double(double(json)),
  [ScalarType.FLOAT]: (json, writer) => {
    const number = double(json);
    if (Number.isFinite(number) && Math.abs(number) > FLOAT32_MAX)
      throw new FieldViolation('out of range for a float');
    writer.float(number);
  },
};

function int32(json: Json): number {
  return integer(json, { what: 'a 32-bit integer', min: INT32_MIN, max: INT32_MAX });
}

function uint32(json: Json): number {
  return integer(json, { what: 'an unsigned 32-bit integer', min: 0, max: UINT32_MAX });
}

function integer(json: Json, range: { what: string; min: number; max: number }): number {
  let number: number;
  if (typeof json === 'number') number = json;
  else if (typeof json === 'string' && numberPattern.test(json)) number = Number(json);
  else if (typeof json === 'bigint') number = Number(json);
  else throw mismatch(range.what, json);
  if (!Number.isInteger(number)) throw new FieldViolation(`expected ${range.what}, got a fraction`);
  if (number < range.min || number > range.max) throw new FieldViolation(`out of range for ${range.what}`);
  return number;
}

function int64(json: Json): bigint {
  return bigInteger(json, { what: 'a 64-bit integer', min: -(2n ** 63n), max: 2n ** 63n - 1n });
}

function uint64(json: Json): bigint {
  return bigInteger(json, { what: 'an unsigned 64-bit integer', min: 0n, max: 2n ** 64n - 1n });
}

function bigInteger(json: Json, range: { what: string; min: bigint; max: bigint }): bigint {
  let value: bigint;
  if (typeof json === 'bigint') value = json;
  else if (typeof json === 'number') value = exactBigInt(json, range.what);
  else if (typeof json !== 'string' || !numberPattern.test(json)) throw mismatch(range.what, json);
  else if (json.length > maxInteger64Length) throw new FieldViolation(`out of range for ${range.what}`);
  else value = digitsPattern.test(json) ? BigInt(json) : exactBigInt(Number(json), range.what);
  if (value < range.min || value > range.max) throw new FieldViolation(`out of range for ${range.what}`);
  return value;
}

// A fraction or exponent can name an integer too ("1e3"), but beyond 2^53 it may have been rounded on the way here.
function exactBigInt(number: number, what: string): bigint {
  if (Number.isSafeInteger(number)) return BigInt(number);
  if (Number.isInteger(number))
    throw new FieldViolation(`${what} beyond 2^53 must be given digit by digit, best as a string`);
  throw new FieldViolation(`expected ${what}, got a fraction`);
}

function double(json: Json): number {
  if (typeof json === 'number') {
    if (!Number.isFinite(json)) throw new FieldViolation('out of range for a double');
    return json;
  }
  if (typeof json === 'bigint') return Number(json);
  if (typeof json === 'string') {
    if (json === 'NaN') return Number.NaN;
    if (json === 'Infinity') return Number.POSITIVE_INFINITY;
    if (json === '-Infinity') return Number.NEGATIVE_INFINITY;
    if (numberPattern.test(json)) {
      const number = Number(json);
      if (!Number.isFinite(number)) throw new FieldViolation('out of range for a double');
      return number;
    }
  }
  throw mismatch('a number', json);
}

function mismatch(expected: string, json: Json): FieldViolation {
  // A string may hold a number, so say what is wrong with this one.
  const got = typeof json === 'string' ? 'a string that is none' : describeJson(json);
  return new FieldViolation(`expected ${expected}, got ${got}`);
}

/** Longest text of a 64-bit integer worth reading: 20 characters, and room for a fraction of zeros or an exponent. */
const maxInteger64Length = 64;

const base64Pattern = /^[A-Za-z0-9+/_-]*={0,2}$/;
const digitsPattern = /^-?[0-9]+$/;
const numberPattern = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;
