import { type DescMessage, type Registry, ScalarType } from '@bufbuild/protobuf';
import { type BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { isWrapperDesc } from '@bufbuild/protobuf/wkt';
import { FieldViolation, shorten, within } from './field-violation.ts';
import { tooDeep } from './json-parser.ts';
import type { ReadMessage } from './json-reader.ts';
import { scalarWireType, scalarWriter } from './json-scalar.ts';
import { describeJson, isJsonObject, type Json } from './json-value.ts';
import { maxMessageDepth, tag } from './wire-format.ts';

/** What reading `google.protobuf.Any` needs: the types it may hold, and their readers. */
export interface AnyTypes {
  readonly registry: Registry;
  readonly readerOf: (desc: DescMessage) => ReadMessage;
}

/**
 * Reader of a message type whose JSON is not an object with its fields (ProtoJSON, "Well-known types"), or
 * undefined for an ordinary type.
 */
export function wellKnownReader(desc: DescMessage, types: AnyTypes): ReadMessage | undefined {
  switch (desc.typeName) {
    case 'google.protobuf.Timestamp':
      return readTimestamp;
    case 'google.protobuf.Duration':
      return readDuration;
    case 'google.protobuf.FieldMask':
      return readFieldMask;
    case 'google.protobuf.Struct':
      return readStruct;
    case 'google.protobuf.Value':
      return readValue;
    case 'google.protobuf.ListValue':
      return readListValue;
    case 'google.protobuf.Any':
      return anyReader(types);
    default:
      return isWrapperDesc(desc) ? wrapperReader(desc.fields[0].scalar) : undefined;
  }
}

/** Whether a message of this type is one JSON value, so that it has no fields a path or a query could name. */
export function hasOwnJsonForm(desc: DescMessage): boolean {
  return wellKnownTypeNames.has(desc.typeName) || isWrapperDesc(desc);
}

const wellKnownTypeNames = new Set(
  ['Timestamp', 'Duration', 'FieldMask', 'Struct', 'Value', 'ListValue', 'Any'].map(
    (name) => `google.protobuf.${name}`,
  ),
);

const secondsAndNanosTags = { seconds: tag(1, WireType.Varint), nanos: tag(2, WireType.Varint) };

const timestampPattern =
  /^(\d{4}-\d{2}-(\d{2})T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?:\.(\d{1,9}))?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
const minTimestampMs = Date.parse('0001-01-01T00:00:00Z');
const maxTimestampMs = Date.parse('9999-12-31T23:59:59Z');

function readTimestamp(json: Json, writer: BinaryWriter): void {
  const match = typeof json === 'string' ? timestampPattern.exec(json) : null;
  if (match === null) throw expected('an RFC 3339 time such as "2030-01-31T12:00:00Z"', json);
  const [, dateTime, day, fraction, zone] = match;
  const ms = Date.parse(`${dateTime}${zone}`);
  if (Number.isNaN(ms) || !isDayOfMonth(Number(day), `${dateTime}Z`))
    throw new FieldViolation('not a date of the calendar');
  if (ms < minTimestampMs || ms > maxTimestampMs) throw new FieldViolation('outside the years 0001 to 9999');
  writeSecondsAndNanos(writer, ms / 1000, nanosOf(fraction));
}

/** Date.parse takes February 31 for a day in March. */
function isDayOfMonth(day: number, dateTime: string): boolean {
  return day <= 28 || new Date(dateTime).getUTCDate() === day;
}

const durationPattern = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/;
const maxDurationSeconds = 315_576_000_000;

function readDuration(json: Json, writer: BinaryWriter): void {
  const match = typeof json === 'string' ? durationPattern.exec(json) : null;
  if (match === null) throw expected('a duration in seconds such as "1.5s"', json);
  const [, sign, seconds, fraction] = match;
  if (Number(seconds) > maxDurationSeconds) throw new FieldViolation('longer than 10,000 years');
  const factor = sign === '-' ? -1 : 1;
  writeSecondsAndNanos(writer, factor * Number(seconds), factor * nanosOf(fraction));
}

function nanosOf(fraction: string | undefined): number {
  return fraction === undefined ? 0 : Number(fraction.padEnd(9, '0'));
}

function writeSecondsAndNanos(writer: BinaryWriter, seconds: number, nanos: number): void {
  if (seconds !== 0) writer.uint32(secondsAndNanosTags.seconds).int64(seconds);
  if (nanos !== 0) writer.uint32(secondsAndNanosTags.nanos).int32(nanos);
}

const maskPathPattern = /^[A-Za-z][A-Za-z0-9]*(?:\.[A-Za-z][A-Za-z0-9]*)*$/;

function readFieldMask(json: Json, writer: BinaryWriter): void {
  if (typeof json !== 'string') throw expected('a field mask such as "displayName,address.city"', json);
  if (json === '') return;
  for (const path of json.split(',')) {
    if (!maskPathPattern.test(path))
      throw new FieldViolation(`field mask path ${JSON.stringify(shorten(path))} is not in lowerCamelCase`);
    writer
      .uint32(tag(1, WireType.LengthDelimited))
      .string(path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
  }
}

function readStruct(json: Json, writer: BinaryWriter, depth: number): void {
  if (!isJsonObject(json)) throw expected('an object', json);
  const writeKey = scalarWriter(ScalarType.STRING);
  for (const [key, value] of Object.entries(json)) {
    try {
      writer.uint32(tag(1, WireType.LengthDelimited)).fork().uint32(tag(1, WireType.LengthDelimited));
      writeKey(key, writer);
      writer.uint32(tag(2, WireType.LengthDelimited)).fork();
      readValue(value, writer, depth + 1);
      writer.join().join();
    } catch (error) {
      throw within(key, error);
    }
  }
}

function readListValue(json: Json, writer: BinaryWriter, depth: number): void {
  if (!Array.isArray(json)) throw expected('an array', json);
  const values: readonly Json[] = json;
  for (const [index, value] of values.entries()) {
    try {
      writer.uint32(tag(1, WireType.LengthDelimited)).fork();
      readValue(value, writer, depth + 1);
      writer.join();
    } catch (error) {
      throw within(index, error);
    }
  }
}

function readValue(json: Json, writer: BinaryWriter, depth: number): void {
  // Also for the Struct or list inside.
  if (depth + 1 >= maxMessageDepth) throw tooDeep(maxMessageDepth);
  if (json === null) writer.uint32(tag(1, WireType.Varint)).int32(0);
  else if (typeof json === 'number' || typeof json === 'bigint') {
    writer.uint32(tag(2, WireType.Bit64));
    scalarWriter(ScalarType.DOUBLE)(json, writer);
  } else if (typeof json === 'string') {
    writer.uint32(tag(3, WireType.LengthDelimited));
    scalarWriter(ScalarType.STRING)(json, writer);
  } else if (typeof json === 'boolean') writer.uint32(tag(4, WireType.Varint)).bool(json);
  else if (isJsonObject(json)) {
    writer.uint32(tag(5, WireType.LengthDelimited)).fork();
    readStruct(json, writer, depth + 1);
    writer.join();
  } else {
    writer.uint32(tag(6, WireType.LengthDelimited)).fork();
    readListValue(json, writer, depth + 1);
    writer.join();
  }
}

function anyReader(types: AnyTypes): ReadMessage {
  return (json, writer, depth) => {
    if (!isJsonObject(json)) throw expected('an object with "@type"', json);
    const { '@type': typeUrl, ...fields } = json;
    if (typeUrl === undefined && Object.keys(fields).length === 0) return;
    const typeName = typeof typeUrl === 'string' ? typeUrl.slice(typeUrl.lastIndexOf('/') + 1) : '';
    if (typeof typeUrl !== 'string' || !typeUrl.isWellFormed() || typeName === '') {
      throw new FieldViolation('expected a type URL such as "type.googleapis.com/google.protobuf.Duration"', [
        '@type',
      ]);
    }
    const desc = types.registry.getMessage(typeName);
    if (desc === undefined) throw new FieldViolation('names a type this service does not know', ['@type']);
    writer.uint32(tag(1, WireType.LengthDelimited)).string(typeUrl);
    writer.uint32(tag(2, WireType.LengthDelimited)).fork();
    const content = hasOwnJsonForm(desc) ? wellKnownContent(fields) : fields;
    types.readerOf(desc)(content, writer, depth + 1);
    writer.join();
  };
}

function wellKnownContent({ value, ...others }: { readonly [key: string]: Json }): Json {
  if (value === undefined || Object.keys(others).length > 0)
    throw new FieldViolation('expected "@type" and "value" only');
  return value;
}

function wrapperReader(scalar: ScalarType): ReadMessage {
  const write = scalarWriter(scalar);
  const valueTag = tag(1, scalarWireType(scalar));
  return (json, writer) => {
    writer.uint32(valueTag);
    write(json, writer);
  };
}

function expected(what: string, json: Json): FieldViolation {
  return new FieldViolation(
    `expected ${what}, got ${typeof json === 'string' ? 'another string' : describeJson(json)}`,
  );
}
