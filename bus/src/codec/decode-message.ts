import { create, type DescEnum, type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { type ByteReader, nowhere, readEnd, readTag, readVarint32 } from './byte-reader.ts';
import { scalarDecoders, type ValueDecoder } from './decode-scalar.ts';
import { scalarEncoders } from './encode-scalar.ts';

type Values = Record<string, unknown>;

/** Reads fields into `message` until `end`; the reader stands exactly there afterwards, or is `nowhere`. */
type MessageReader = (message: Values, reader: ByteReader, end: number) => void;

/** Reads one field, behind its tag, into a message. */
type FieldReader = (message: Values, reader: ByteReader) => void;

/** Messages within messages; protobuf-es refuses more. */
const maxDepth = 100;

/**
 * Reader of a message type that is plain (see `isPlain`). It takes what encoders write: known fields of the right wire
 * type in any order, within their bounds. Whatever else may be legal, such as a field it does not know, it leaves to
 * protobuf-es, by going `nowhere`.
 */
export function messageReader(
  type: DescMessage,
  known = new Map<DescMessage, MessageReader>(),
): MessageReader {
  const existing = known.get(type);
  if (existing !== undefined) return existing;
  const fields = new Map<number, FieldReader>();
  const read: MessageReader = (message, reader, end) => {
    if (++reader.depth > maxDepth) reader.at = nowhere;
    while (reader.at < end) {
      const field = fields.get(readTag(reader));
      if (field === undefined) {
        reader.at = nowhere;
        return;
      }
      field(message, reader);
    }
    if (reader.at !== end) reader.at = nowhere;
    reader.depth--;
  };
  // Entered before its fields are made: a type may contain itself.
  known.set(type, read);
  for (const field of type.fields) addField(fields, field, known);
  return read;
}

type Known = Map<DescMessage, MessageReader>;

function addField(fields: Map<number, FieldReader>, field: DescField, known: Known): void {
  const tag = (wireType: number): number => ((field.number << 3) | wireType) >>> 0;
  switch (field.fieldKind) {
    case 'message':
      fields.set(tag(2), messageField(field, known));
      return;
    case 'map':
      fields.set(tag(2), mapField(field, known));
      return;
    case 'list': {
      if (field.listKind === 'message') {
        fields.set(tag(2), messageList(field, known));
        return;
      }
      const { decode, wireType } = wireValueOf(field);
      fields.set(tag(wireType), (message, reader) => {
        (message[field.localName] as unknown[]).push(decode(reader));
      });
      // Either form is to be read, whichever is written.
      if (wireType !== 2) fields.set(tag(2), packedList(field.localName, decode));
      return;
    }
    default:
      fields.set(tag(wireValueOf(field).wireType), scalarField(field));
  }
}

interface WireValue {
  readonly decode: ValueDecoder;
  readonly wireType: number;
}

function wireValueOf(field: DescField): WireValue {
  const scalar = field.scalar ?? ScalarType.INT32;
  const { wireType } = scalarEncoders[scalar];
  const decode = scalarDecoders[scalar];
  const closed = field.enum !== undefined && !field.enum.open ? field.enum : undefined;
  return { wireType, decode: closed === undefined ? decode : closedEnum(closed) };
}

/** A number that is none of the enum's is not a value of the field. */
function closedEnum({ values }: DescEnum): ValueDecoder {
  const numbers = new Set(values.map(({ number }) => number));
  return (reader) => {
    const value = readVarint32(reader) | 0;
    if (!numbers.has(value)) reader.at = nowhere;
    return value;
  };
}

function scalarField(field: DescField): FieldReader {
  const { localName } = field;
  const { decode } = wireValueOf(field);
  const group = field.oneof?.localName;
  if (group === undefined) {
    return (message, reader) => {
      message[localName] = decode(reader);
    };
  }
  return (message, reader) => {
    message[group] = { case: localName, value: decode(reader) };
  };
}

/** A message field that comes twice is merged. */
function messageField(field: DescField & { fieldKind: 'message' }, known: Known): FieldReader {
  const { localName, message: type } = field;
  const read = messageReader(type, known);
  const group = field.oneof?.localName;
  if (group === undefined) {
    return (message, reader) => {
      const child = (message[localName] ?? create(type)) as Values;
      read(child, reader, readEnd(reader));
      message[localName] = child;
    };
  }
  return (message, reader) => {
    const choice = message[group] as { case: string | undefined; value: unknown };
    const child = (choice.case === localName ? choice.value : create(type)) as Values;
    read(child, reader, readEnd(reader));
    message[group] = { case: localName, value: child };
  };
}

function messageList(
  { localName, message: type }: DescField & { fieldKind: 'list'; listKind: 'message' },
  known: Known,
): FieldReader {
  const read = messageReader(type, known);
  return (message, reader) => {
    const child = create(type) as unknown as Values;
    read(child, reader, readEnd(reader));
    (message[localName] as unknown[]).push(child);
  };
}

function packedList(localName: string, decode: ValueDecoder): FieldReader {
  return (message, reader) => {
    const items = message[localName] as unknown[];
    const end = readEnd(reader);
    while (reader.at < end) items.push(decode(reader));
    if (reader.at !== end) reader.at = nowhere;
  };
}

const keyTag = 0x0a;

/** An entry is read as encoders write it: a key, which is a text, then a value. */
function mapField(field: DescField & { fieldKind: 'map' }, known: Known): FieldReader {
  const { localName } = field;
  const readKey = scalarDecoders[ScalarType.STRING];
  const readValue =
    field.mapKind === 'message' ? entryMessage(field.message, known) : wireValueOf(field).decode;
  const wireType = field.mapKind === 'message' ? 2 : wireValueOf(field).wireType;
  const valueTag = (2 << 3) | wireType;
  return (message, reader) => {
    const end = readEnd(reader);
    const key = readTag(reader) === keyTag ? (readKey(reader) as string) : '__proto__';
    // `__proto__` is a key like any other, but not for a plain assignment.
    if (key === '__proto__' || readTag(reader) !== valueTag) {
      reader.at = nowhere;
      return;
    }
    (message[localName] as Values)[key] = readValue(reader);
    if (reader.at !== end) reader.at = nowhere;
  };
}

function entryMessage(type: DescMessage, known: Known): ValueDecoder {
  const read = messageReader(type, known);
  return (reader) => {
    const child = create(type) as unknown as Values;
    read(child, reader, readEnd(reader));
    return child;
  };
}
