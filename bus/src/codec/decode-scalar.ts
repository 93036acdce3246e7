import { ScalarType } from '@bufbuild/protobuf';
import { utf8Slice } from '../wire/utf8-slice.ts';
import {
  type ByteReader,
  nowhere,
  readEnd,
  readFixed,
  readInt64,
  readUint64,
  readVarint32,
} from './byte-reader.ts';

/** Reads one value, without its tag. What it returns counts only if the reader is not `nowhere` afterwards. */
export type ValueDecoder = (reader: ByteReader) => unknown;

const int32: ValueDecoder = (reader) => readVarint32(reader) | 0;

const sint32: ValueDecoder = (reader) => {
  const value = readVarint32(reader);
  return (value >>> 1) ^ -(value & 1);
};

const sint64: ValueDecoder = (reader) => {
  const value = readUint64(reader);
  return (value >> 1n) ^ -(value & 1n);
};

const bool: ValueDecoder = (reader) => {
  const byte = reader.bytes[reader.at] as number;
  // Longer ones are legal, but nobody writes them.
  if (byte < 0x80) reader.at++;
  else reader.at = nowhere;
  return byte !== 0;
};

const bytes: ValueDecoder = (reader) => {
  const end = readEnd(reader);
  if (end < 0) return undefined;
  const start = reader.at;
  reader.at = end;
  return reader.bytes.subarray(start, end);
};

const string: ValueDecoder = (reader) => {
  const end = readEnd(reader);
  if (end < 0) return undefined;
  const text = utf8Slice.call(reader.bytes, reader.at, end);
  // Either the text has this character or its bytes are not UTF-8: protobuf-es tells them apart.
  reader.at = text.includes('\ufffd') ? nowhere : end;
  return text;
};

/** How each scalar type is read. An enum is an INT32. */
export const scalarDecoders: Readonly<Record<ScalarType, ValueDecoder>> = {
  [ScalarType.INT32]: int32,
  [ScalarType.UINT32]: readVarint32,
  [ScalarType.SINT32]: sint32,
  [ScalarType.INT64]: readInt64,
  [ScalarType.UINT64]: readUint64,
  [ScalarType.SINT64]: sint64,
  [ScalarType.FIXED32]: (reader) => readFixed(reader, 4, (view, at) => view.getUint32(at, true)),
  [ScalarType.SFIXED32]: (reader) => readFixed(reader, 4, (view, at) => view.getInt32(at, true)),
  [ScalarType.FIXED64]: (reader) => readFixed(reader, 8, (view, at) => view.getBigUint64(at, true)),
  [ScalarType.SFIXED64]: (reader) => readFixed(reader, 8, (view, at) => view.getBigInt64(at, true)),
  [ScalarType.FLOAT]: (reader) => readFixed(reader, 4, (view, at) => view.getFloat32(at, true)),
  [ScalarType.DOUBLE]: (reader) => readFixed(reader, 8, (view, at) => view.getFloat64(at, true)),
  [ScalarType.BOOL]: bool,
  [ScalarType.STRING]: string,
  [ScalarType.BYTES]: bytes,
};
