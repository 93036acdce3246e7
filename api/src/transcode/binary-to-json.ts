import {
  type DescEnum,
  type DescField,
  type DescMessage,
  fromBinary,
  type JsonValue,
  type Registry,
  ScalarType,
  toJson,
} from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt';
import { type ReadScalar, scalarReader } from './binary-scalar.ts';
import { scalarWireType } from './json-scalar.ts';
import { hasOwnJsonForm } from './json-well-known.ts';
import { readDuration, readTimestamp } from './time-text.ts';
import { maxMessageDepth } from './wire-format.ts';

/** Reads a message from the binary format as ProtoJSON. @throws Uncommon; Error when the bytes are no such message */
export type BinaryToJson = (bytes: Uint8Array) => JsonValue;

/**
 * Says that a message is put together in a way this reader leaves to the protobuf library: a message field in two
 * pieces, a field with another wire type than its own, a closed enum, a group.
 */
export class Uncommon extends Error {
  override readonly name = 'Uncommon';
}

type JsonFields = Record<string, JsonValue>;

/** Reads one occurrence of a field into the JSON of its message. */
type ReadField = (reader: BinaryReader, target: JsonFields, depth: number) => void;

/** Reads a length-prefixed value. */
type ReadEmbedded = (reader: BinaryReader, depth: number) => JsonValue;

/**
 * Compiles readers from the binary format straight to ProtoJSON, without a message object in between: a third to a
 * half of the time that decoding and then writing takes. Undefined for types that only the library reads.
 */
export function createBinaryToJson(registry: Registry): (desc: DescMessage) => BinaryToJson | undefined {
  const tables = new Map<DescMessage, ReadonlyMap<number, ReadField>>();

  return (desc) => {
    if (hasOwnJsonForm(desc)) return undefined;
    return (bytes) => {
      const reader = new BinaryReader(bytes);
      const target: JsonFields = {};
      readFields(fieldsOf(desc), reader, reader.len, target, 1);
      return target;
    };
  };

  /** Readers by tag, so that a field with another wire type than its own is told from an unknown one. */
  function fieldsOf(desc: DescMessage): ReadonlyMap<number, ReadField> {
    let table = tables.get(desc);
    if (table === undefined) {
      const entries = new Map<number, ReadField>();
      // In place before its fields are compiled, because types may refer to themselves.
      tables.set(desc, entries);
      for (const field of desc.fields) addField(entries, field);
      table = entries;
    }
    return table;
  }

  function addField(table: Map<number, ReadField>, field: DescField): void {
    for (const wireType of wireTypes) table.set((field.number << 3) | wireType, uncommon);
    const add = (wireType: WireType, read: ReadField): void =>
      void table.set((field.number << 3) | wireType, read);
    // Assigning to this key would set the object's prototype.
    if (field.jsonName === '__proto__') return;
    switch (field.fieldKind) {
      case 'scalar':
        add(scalarWireType(field.scalar), singular(field, scalarReader(field.scalar)));
        break;
      case 'enum':
        if (field.enum.open) add(WireType.Varint, singular(field, enumReader(field.enum)));
        break;
      case 'message':
        if (!field.delimitedEncoding) add(WireType.LengthDelimited, message(field));
        break;
      case 'list':
        addList(field, add);
        break;
      case 'map':
        add(WireType.LengthDelimited, map(field));
    }
  }

  function addList(
    field: DescField & { fieldKind: 'list' },
    add: (wireType: WireType, read: ReadField) => void,
  ): void {
    const { jsonName } = field;
    if (field.listKind === 'message') {
      if (field.delimitedEncoding) return;
      const read = embedded(field.message);
      add(WireType.LengthDelimited, (reader, target, depth) =>
        listIn(target, jsonName).push(read(reader, depth)),
      );
      return;
    }
    if (field.listKind === 'enum' && !field.enum.open) return;
    const read = field.listKind === 'enum' ? enumReader(field.enum) : scalarReader(field.scalar);
    const wireType = field.listKind === 'enum' ? WireType.Varint : scalarWireType(field.scalar);
    add(wireType, (reader, target) => listIn(target, jsonName).push(read(reader)));
    if (wireType === WireType.LengthDelimited) return;
    add(WireType.LengthDelimited, (reader, target) => {
      const end = endOf(reader);
      if (reader.pos === end) return;
      const list = listIn(target, jsonName);
      while (reader.pos < end) list.push(read(reader));
      if (reader.pos > end) throw truncated();
    });
  }

  function message(field: DescField & { fieldKind: 'message' }): ReadField {
    const { jsonName } = field;
    const read = embedded(field.message);
    const others = otherNames(field);
    return (reader, target, depth) => {
      // Two pieces of one message are merged, which only its fields can tell how.
      if (jsonName in target) throw new Uncommon();
      for (const other of others) delete target[other];
      target[jsonName] = read(reader, depth);
    };
  }

  function embedded(desc: DescMessage): ReadEmbedded {
    if (desc.typeName === 'google.protobuf.Timestamp')
      return (reader) => readTimestamp(reader, endOf(reader)) ?? uncommon();
    if (desc.typeName === 'google.protobuf.Duration')
      return (reader) => readDuration(reader, endOf(reader)) ?? uncommon();
    if (hasOwnJsonForm(desc)) return (reader) => toJson(desc, fromBinary(desc, reader.bytes()), { registry });
    let fields: ReadonlyMap<number, ReadField> | undefined;
    return (reader, depth) => {
      if (depth >= maxMessageDepth) throw new Uncommon();
      fields ??= fieldsOf(desc);
      const target: JsonFields = {};
      readFields(fields, reader, endOf(reader), target, depth + 1);
      return target;
    };
  }

  function map(field: DescField & { fieldKind: 'map' }): ReadField {
    if (field.mapKind === 'enum' && !field.enum.open) return uncommon;
    const { jsonName } = field;
    const keyTag = (1 << 3) | scalarWireType(field.mapKey);
    const readKey = scalarReader(field.mapKey);
    const { valueTag, readValue } = mapValue(field);
    return (reader, target, depth) => {
      const end = endOf(reader);
      // An entry without key or value has their defaults; that is for the library too.
      if (reader.uint32() !== keyTag) throw new Uncommon();
      const key = String(readKey(reader));
      if (reader.pos >= end || reader.uint32() !== valueTag) throw new Uncommon();
      const value = readValue(reader, depth);
      if (reader.pos !== end || key === '__proto__') throw new Uncommon();
      const entries = target[jsonName] as JsonFields | undefined;
      if (entries === undefined) target[jsonName] = { [key]: value };
      else entries[key] = value;
    };
  }

  function mapValue(field: DescField & { fieldKind: 'map' }): { valueTag: number; readValue: ReadEmbedded } {
    switch (field.mapKind) {
      case 'scalar':
        return { valueTag: (2 << 3) | scalarWireType(field.scalar), readValue: scalarReader(field.scalar) };
      case 'enum':
        return { valueTag: (2 << 3) | WireType.Varint, readValue: enumReader(field.enum) };
      case 'message':
        return { valueTag: (2 << 3) | WireType.LengthDelimited, readValue: embedded(field.message) };
    }
  }
}

const wireTypes = [
  WireType.Varint,
  WireType.Bit64,
  WireType.LengthDelimited,
  WireType.StartGroup,
  WireType.EndGroup,
  WireType.Bit32,
];

function readFields(
  fields: ReadonlyMap<number, ReadField>,
  reader: BinaryReader,
  end: number,
  target: JsonFields,
  depth: number,
): void {
  while (reader.pos < end) {
    const tag = reader.uint32();
    const read = fields.get(tag);
    if (read !== undefined) read(reader, target, depth);
    else if (tag >>> 3 === 0 || (tag & 7) > WireType.Bit32) throw new Error('not a protobuf tag');
    else reader.skip(tag & 7, tag >>> 3, maxMessageDepth - depth);
  }
  if (reader.pos !== end) throw truncated();
}

/** A scalar or enum: the last occurrence counts, and a default is left out where the field has no presence. */
function singular(field: DescField & { fieldKind: 'scalar' | 'enum' }, read: ReadScalar): ReadField {
  const { jsonName } = field;
  if (field.oneof !== undefined) {
    const others = otherNames(field);
    return (reader, target) => {
      for (const other of others) delete target[other];
      target[jsonName] = read(reader);
    };
  }
  if (field.presence !== FeatureSet_FieldPresence.IMPLICIT) {
    return (reader, target) => {
      target[jsonName] = read(reader);
    };
  }
  const zero = field.fieldKind === 'enum' ? enumName(field.enum, 0) : zeroJson(field.scalar);
  return (reader, target) => {
    const value = read(reader);
    // Negative zero is no default.
    if (!Object.is(value, zero)) target[jsonName] = value;
    else if (jsonName in target) delete target[jsonName];
  };
}

function zeroJson(type: ScalarType): JsonValue {
  switch (type) {
    case ScalarType.BOOL:
      return false;
    case ScalarType.STRING:
    case ScalarType.BYTES:
      return '';
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return '0';
    default:
      return 0;
  }
}

function enumReader(desc: DescEnum): ReadScalar {
  const names = new Map(desc.values.map(({ number }) => [number, enumName(desc, number)]));
  return (reader) => {
    const number = reader.int32();
    const name = names.get(number);
    return name === undefined ? number : name;
  };
}

/** The first name of a number, as an alias has none of its own in JSON; null for NullValue. */
function enumName(desc: DescEnum, number: number): JsonValue {
  if (desc.typeName === 'google.protobuf.NullValue') return null;
  return desc.value[number]?.jsonName ?? number;
}

/** JSON names of the other fields of a oneof, which lose their value to this one. */
function otherNames(field: DescField): string[] {
  const others = field.oneof?.fields.filter((other) => other !== field) ?? [];
  return others.map((other) => other.jsonName);
}

function listIn(target: JsonFields, name: string): JsonValue[] {
  const list = target[name] as JsonValue[] | undefined;
  if (list !== undefined) return list;
  const created: JsonValue[] = [];
  target[name] = created;
  return created;
}

/** Reads a length; returns where what follows ends. */
function endOf(reader: BinaryReader): number {
  const length = reader.uint32();
  const end = reader.pos + length;
  if (end > reader.len) throw truncated();
  return end;
}

function truncated(): Error {
  return new Error('the message is cut off');
}

function uncommon(): never {
  throw new Uncommon();
}
