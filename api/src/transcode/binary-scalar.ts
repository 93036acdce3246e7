import { type JsonValue, ScalarType } from '@bufbuild/protobuf';
import type { BinaryReader } from '@bufbuild/protobuf/wire';

/** Reads one value as ProtoJSON has it. */
export type ReadScalar = (reader: BinaryReader) => JsonValue;

/** ProtoJSON, column "JSON value" of its type table: 64-bit integers as strings, bytes in base64. */
export function scalarReader(type: ScalarType): ReadScalar {
  return scalarReaders[type];
}

const scalarReaders: Readonly<Record<ScalarType, ReadScalar>> = {
  [ScalarType.STRING]: (reader) => reader.string(true),
  [ScalarType.BOOL]: (reader) => reader.bool(),
  [ScalarType.BYTES]: (reader) => {
    const bytes = reader.bytes();
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
  },
  [ScalarType.INT32]: (reader) => reader.int32(),
  [ScalarType.SINT32]: (reader) => reader.sint32(),
  [ScalarType.SFIXED32]: (reader) => reader.sfixed32(),
  [ScalarType.UINT32]: (reader) => reader.uint32(),
  [ScalarType.FIXED32]: (reader) => reader.fixed32(),
  [ScalarType.INT64]: (reader) => String(reader.int64()),
  [ScalarType.SINT64]: (reader) => String(reader.sint64()),
  [ScalarType.SFIXED64]: (reader) => String(reader.sfixed64()),
  [ScalarType.UINT64]: (reader) => String(reader.uint64()),
  [ScalarType.FIXED64]: (reader) => String(reader.fixed64()),
  [ScalarType.DOUBLE]: (reader) => floatJson(reader.double()),
  [ScalarType.FLOAT]: (reader) => floatJson(reader.float()),
};

function floatJson(number: number): JsonValue {
  return Number.isFinite(number) ? number : String(number);
}
