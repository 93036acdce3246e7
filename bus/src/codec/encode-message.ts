import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt';
import { type ByteWriter, takeSize, varint32Size, writeVarint32 } from './byte-writer.ts';
import { type ScalarEncoder, scalarEncoders, type ValueEncoder } from './encode-scalar.ts';

/** A message, or the entries of a map, as what they are: objects with keys. */
type Values = Readonly<Record<string, unknown>>;

/** Two passes over a message: its size first, then its bytes into a place of exactly that size. */
export interface MessageEncoder {
  /** Bytes of the message; NaN when anything in it is not for this encoder (see `ValueEncoder`). */
  size(message: unknown, sizes: number[]): number;
  write(writer: ByteWriter, message: Values): void;
}

interface FieldEncoder {
  size(message: Values, sizes: number[]): number;
  write(writer: ByteWriter, message: Values): void;
}

/**
 * Encoder of a message type that is plain (see `isPlain`). Fields are written in the order of their numbers and left out
 * as protobuf-es does it, so that the bytes are the same.
 */
export function messageEncoder(
  type: DescMessage,
  known = new Map<DescMessage, MessageEncoder>(),
): MessageEncoder {
  const existing = known.get(type);
  if (existing !== undefined) return existing;
  const { typeName } = type;
  const fields: FieldEncoder[] = [];
  const encoder: MessageEncoder = {
    size(message, sizes) {
      if (typeof message !== 'object' || message === null) return Number.NaN;
      const values = message as Values;
      if (values.$typeName !== typeName || values.$unknown !== undefined) return Number.NaN;
      let size = 0;
      for (let i = 0; i < fields.length; i++) size += (fields[i] as FieldEncoder).size(values, sizes);
      return size;
    },
    write(writer, message) {
      for (let i = 0; i < fields.length; i++) (fields[i] as FieldEncoder).write(writer, message);
    },
  };
  // Entered before its fields are made: a type may contain itself.
  known.set(type, encoder);
  for (const field of type.fields.toSorted((a, b) => a.number - b.number))
    fields.push(fieldEncoder(field, known));
  return encoder;
}

type Known = Map<DescMessage, MessageEncoder>;

function fieldEncoder(field: DescField, known: Known): FieldEncoder {
  if (field.fieldKind === 'list') return listEncoder(field, known);
  if (field.fieldKind === 'map') return mapEncoder(field, known);
  const scalar = field.fieldKind === 'message' ? undefined : scalarEncoders[scalarTypeOf(field)];
  const value = tagged(field.number, scalar ?? nested(messageEncoder(field.message as DescMessage, known)));
  if (field.oneof !== undefined) return oneofMember(field, value);
  // A message has always explicit presence.
  if (field.presence !== FeatureSet_FieldPresence.IMPLICIT || scalar === undefined)
    return explicitField(field, value);
  return implicitField(field, zeroCheck(field, scalar), value);
}

function scalarTypeOf(field: DescField): ScalarType {
  return field.scalar ?? ScalarType.INT32;
}

/** The zero of an enum is its first value. */
function zeroCheck(field: DescField, scalar: ScalarEncoder): (value: unknown) => boolean {
  if (field.fieldKind !== 'enum') return scalar.isZero;
  const zero = field.enum.values[0]?.number;
  return (value) => value === zero;
}

function oneofMember(field: DescField, value: ValueEncoder): FieldEncoder {
  const { localName } = field;
  const group = field.oneof?.localName as string;
  const chosen = (message: Values): Values | undefined => {
    const choice = message[group] as Values;
    return choice.case === localName ? choice : undefined;
  };
  return {
    size(message, sizes) {
      const choice = chosen(message);
      return choice === undefined ? 0 : value.size(choice.value, sizes);
    },
    write(writer, message) {
      const choice = chosen(message);
      if (choice !== undefined) value.write(writer, choice.value as never);
    },
  };
}

/** Set when the message itself holds it: the zero of such a field stands on the prototype. */
function explicitField(field: DescField, value: ValueEncoder): FieldEncoder {
  const { localName } = field;
  const required = field.presence === FeatureSet_FieldPresence.LEGACY_REQUIRED;
  const isSet = (message: Values): boolean =>
    message[localName] !== undefined && Object.hasOwn(message, localName);
  return {
    size(message, sizes) {
      if (isSet(message)) return value.size(message[localName], sizes);
      return required ? Number.NaN : 0;
    },
    write(writer, message) {
      if (isSet(message)) value.write(writer, message[localName] as never);
    },
  };
}

function implicitField(
  { localName }: DescField,
  isZero: (value: unknown) => boolean,
  value: ValueEncoder,
): FieldEncoder {
  return {
    size: (message, sizes) => (isZero(message[localName]) ? 0 : value.size(message[localName], sizes)),
    write(writer, message) {
      if (!isZero(message[localName])) value.write(writer, message[localName] as never);
    },
  };
}

function listEncoder(field: DescField & { fieldKind: 'list' }, known: Known): FieldEncoder {
  const { localName } = field;
  const item =
    field.listKind === 'message'
      ? nested(messageEncoder(field.message, known))
      : scalarEncoders[scalarTypeOf(field)];
  const items = (message: Values): readonly unknown[] => message[localName] as readonly unknown[];
  if (field.packed) {
    const whole = tagged(field.number, packed(item));
    return {
      size(message, sizes) {
        if (!Array.isArray(message[localName])) return Number.NaN;
        return items(message).length === 0 ? 0 : whole.size(message[localName], sizes);
      },
      write(writer, message) {
        if (items(message).length > 0) whole.write(writer, message[localName] as never);
      },
    };
  }
  const one = tagged(field.number, item);
  return {
    size(message, sizes) {
      if (!Array.isArray(message[localName])) return Number.NaN;
      let size = 0;
      for (const each of items(message)) size += one.size(each, sizes);
      return size;
    },
    write(writer, message) {
      for (const each of items(message)) one.write(writer, each as never);
    },
  };
}

/** Maps with texts for keys; an entry is a message with the key as field 1 and the value as field 2. */
function mapEncoder(field: DescField & { fieldKind: 'map' }, known: Known): FieldEncoder {
  const { localName } = field;
  const key = tagged(1, scalarEncoders[ScalarType.STRING]);
  const value = tagged(
    2,
    field.mapKind === 'message'
      ? nested(messageEncoder(field.message, known))
      : scalarEncoders[scalarTypeOf(field)],
  );
  const entry = tagged(
    field.number,
    nested({
      size: (parts, sizes) => {
        const [name, held] = parts as readonly unknown[];
        return key.size(name, sizes) + value.size(held, sizes);
      },
      write(writer, parts) {
        const [name, held] = parts as unknown as readonly never[];
        key.write(writer, name as never);
        value.write(writer, held as never);
      },
    }),
  );
  return {
    size(message, sizes) {
      const record = message[localName];
      if (typeof record !== 'object' || record === null) return Number.NaN;
      let size = 0;
      for (const parts of Object.entries(record)) size += entry.size(parts, sizes);
      return size;
    },
    write(writer, message) {
      for (const parts of Object.entries(message[localName] as object)) entry.write(writer, parts as never);
    },
  };
}

/** A value behind its tag. */
function tagged(fieldNumber: number, value: ValueEncoder): ValueEncoder {
  const tag = ((fieldNumber << 3) | value.wireType) >>> 0;
  const tagBytes = varint32Size(tag);
  return {
    wireType: value.wireType,
    size: (given, sizes) => tagBytes + value.size(given, sizes),
    write(writer, given) {
      writeVarint32(writer, tag);
      value.write(writer, given);
    },
  };
}

/** A message behind its length. */
function nested(message: MessageEncoder): ValueEncoder {
  return {
    wireType: 2,
    size(value, sizes) {
      const place = sizes.push(0) - 1;
      const size = message.size(value, sizes);
      sizes[place] = size;
      return varint32Size(size) + size;
    },
    write(writer, value: Values) {
      writeVarint32(writer, takeSize(writer));
      message.write(writer, value);
    },
  };
}

/** All items of a list behind their length. */
function packed(item: ValueEncoder): ValueEncoder {
  return {
    wireType: 2,
    size(values, sizes) {
      const place = sizes.push(0) - 1;
      let size = 0;
      for (const value of values as readonly unknown[]) size += item.size(value, sizes);
      sizes[place] = size;
      return varint32Size(size) + size;
    },
    write(writer, values: readonly never[]) {
      writeVarint32(writer, takeSize(writer));
      for (const value of values) item.write(writer, value);
    },
  };
}
