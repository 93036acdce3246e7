import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { type BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { FieldReader, MessageReader } from './json-reader.ts';
import type { Json } from './json-value.ts';
import { hasOwnJsonForm } from './json-well-known.ts';
import { tag } from './wire-format.ts';

/** A field of the request that a path segment or a query parameter gives as text. */
export interface TextField {
  /** From a field of the request down to the one that is given. */
  readonly fields: readonly DescField[];
  /**
   * Writes one value in its place inside the request: one element, for a repeated field.
   *
   * @throws FieldViolation, its path empty
   */
  write(text: string, writer: BinaryWriter): void;
}

type ReaderOf = (desc: DescMessage) => MessageReader;

/** @param fields as a path variable or a query parameter names them; all but the last are singular messages */
export function textField(readers: readonly FieldReader[]): TextField {
  const last = readers.at(-1) as FieldReader;
  const parents = readers.slice(0, -1).map((reader) => tag(reader.desc.number, WireType.LengthDelimited));
  const toJson = textToJson(last.desc);
  return {
    fields: readers.map((reader) => reader.desc),
    write(text, writer) {
      for (const parent of parents) writer.uint32(parent).fork();
      last.readElement(toJson(text), writer, parents.length);
      for (const _ of parents) writer.join();
    },
  };
}

/** The readers of fields that lead from `desc` to a bound field. */
export function readersOf(
  desc: DescMessage,
  fields: readonly DescField[],
  readerOf: ReaderOf,
): FieldReader[] {
  let message = desc;
  return fields.map((field) => {
    const reader = readerOf(message).fields.get(field.name) as FieldReader;
    if (field.fieldKind === 'message') message = field.message;
    return reader;
  });
}

/** Whether one text can be the field's value, or one of its values: a scalar, an enum, or a type with a text form. */
export function hasTextForm(field: DescField): boolean {
  switch (field.fieldKind) {
    case 'scalar':
    case 'enum':
      return true;
    case 'map':
      return false;
    case 'list':
      return field.listKind !== 'message' || isTextMessage(field.message);
    case 'message':
      return isTextMessage(field.message);
  }
}

function isTextMessage(desc: DescMessage): boolean {
  return hasOwnJsonForm(desc) && !jsonOnlyTypes.has(desc.typeName);
}

const jsonOnlyTypes = new Set(
  ['Struct', 'Value', 'ListValue', 'Any'].map((name) => `google.protobuf.${name}`),
);

/** ProtoJSON takes numbers as strings too; only booleans and enum numbers must become JSON values of their own. */
function textToJson(field: DescField): (text: string) => Json {
  const isEnum = field.fieldKind === 'enum' || (field.fieldKind === 'list' && field.listKind === 'enum');
  if (isEnum) return (text) => (/^-?[0-9]{1,10}$/.test(text) ? Number(text) : text);
  return isBoolean(field) ? booleanOf : (text) => text;
}

function isBoolean(field: DescField): boolean {
  if (field.fieldKind === 'message') return field.message.typeName === 'google.protobuf.BoolValue';
  if (field.fieldKind === 'list' && field.listKind === 'message') {
    return field.message.typeName === 'google.protobuf.BoolValue';
  }
  return field.scalar === ScalarType.BOOL;
}

function booleanOf(text: string): Json {
  if (text === 'true') return true;
  return text === 'false' ? false : text;
}
