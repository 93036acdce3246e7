import { type DescField, type DescMessage, type Registry, ScalarType } from '@bufbuild/protobuf';
import { type BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { FieldViolation, shorten, within } from './field-violation.ts';
import { tooDeep } from './json-parser.ts';
import { enumWriter, scalarWireType, scalarWriter, type WriteScalar } from './json-scalar.ts';
import { describeJson, isJsonObject, type Json } from './json-value.ts';
import { wellKnownReader } from './json-well-known.ts';
import { maxMessageDepth, tag } from './wire-format.ts';

/**
 * Writes the fields of a message given as ProtoJSON, without tag and length of the message itself.
 *
 * @param depth how many messages enclose this one
 * @throws FieldViolation with the path from this message
 */
export type ReadMessage = (json: Json, writer: BinaryWriter, depth: number) => void;

/** Reads one field of a message. */
export interface FieldReader {
  readonly desc: DescField;
  /** The field's whole value (an array for a repeated field, an object for a map), with its tags. */
  readonly read: ReadMessage;
  /** One value, with its tag: an element of a repeated field, or the value of a singular one. */
  readonly readElement: ReadMessage;
}

export interface MessageReader {
  readonly desc: DescMessage;
  readonly read: ReadMessage;
  /** By JSON name and by proto name. Empty for a type with a JSON form of its own. */
  readonly fields: ReadonlyMap<string, FieldReader>;
}

/**
 * Compiles readers from ProtoJSON straight to the binary format, one per message type and on first use.
 *
 * No message object stands in between: the edge only passes the bytes on. That also makes merging plain, because
 * protobuf defines what appended bytes mean: the last value of a singular field wins, messages are merged, and
 * repeated fields grow. So a field taken from the path or the query is written behind the body.
 */
export function createMessageReaders(registry: Registry): (desc: DescMessage) => MessageReader {
  const compiled = new Map<DescMessage, MessageReader>();
  return readerOf;

  function readerOf(desc: DescMessage): MessageReader {
    let reader = compiled.get(desc);
    if (reader === undefined) {
      reader = compile(desc);
      compiled.set(desc, reader);
    }
    return reader;
  }

  function compile(desc: DescMessage): MessageReader {
    const wellKnown = wellKnownReader(desc, { registry, readerOf: (type) => readerOf(type).read });
    if (wellKnown !== undefined) return { desc, fields: new Map(), read: boundDepth(wellKnown) };
    const fields = new Map<string, FieldReader>();
    for (const field of desc.fields) {
      const reader = compileField(field);
      fields.set(field.name, reader).set(field.jsonName, reader);
    }
    return { desc, fields, read: messageReader(fields, desc.oneofs.length > 0) };
  }

  function compileField(field: DescField): FieldReader {
    switch (field.fieldKind) {
      case 'scalar':
        return singular(
          field,
          tagged(field.number, scalarWireType(field.scalar), scalarWriter(field.scalar)),
        );
      case 'enum':
        return singular(field, tagged(field.number, WireType.Varint, enumWriter(field.enum)));
      case 'message':
        return singular(field, embedded(field));
      case 'list': {
        if (field.listKind === 'message') return repeated(field, embedded(field));
        const isEnum = field.listKind === 'enum';
        const wireType = isEnum ? WireType.Varint : scalarWireType(field.scalar);
        const write = isEnum ? enumWriter(field.enum) : scalarWriter(field.scalar);
        const readElement = tagged(field.number, wireType, write);
        return field.packed
          ? { desc: field, readElement, read: packedList(field.number, write) }
          : repeated(field, readElement);
      }
      case 'map':
        return mapField(field);
    }
  }

  /** A field that holds a message, length-prefixed, or between group tags where the schema says so. */
  function embedded(field: MessageField): ReadMessage {
    const type = field.message;
    // Looked up late, because types may refer to themselves.
    let read: ReadMessage | undefined;
    const start = tag(field.number, field.delimitedEncoding ? WireType.StartGroup : WireType.LengthDelimited);
    const end = tag(field.number, WireType.EndGroup);
    if (field.delimitedEncoding) {
      return (json, writer, depth) => {
        writer.uint32(start);
        read ??= readerOf(type).read;
        read(json, writer, depth + 1);
        writer.uint32(end);
      };
    }
    return (json, writer, depth) => {
      writer.uint32(start).fork();
      read ??= readerOf(type).read;
      read(json, writer, depth + 1);
      writer.join();
    };
  }

  function mapField(field: DescField & { fieldKind: 'map' }): FieldReader {
    const entryTag = tag(field.number, WireType.LengthDelimited);
    const writeKey = tagged(1, scalarWireType(field.mapKey), mapKeyWriter(field));
    const writeValue = mapValueWriter(field);
    const read: ReadMessage = (json, writer, depth) => {
      if (!isJsonObject(json)) throw new FieldViolation(`expected an object, got ${describeJson(json)}`);
      for (const key in json) {
        try {
          writer.uint32(entryTag).fork();
          writeKey(key, writer, depth);
          writeValue(json[key] as Json, writer, depth);
          writer.join();
        } catch (error) {
          throw within({ mapKey: key }, error);
        }
      }
    };
    return { desc: field, read, readElement: read };
  }

  function mapValueWriter(field: DescField & { fieldKind: 'map' }): ReadMessage {
    switch (field.mapKind) {
      case 'scalar':
        return tagged(2, scalarWireType(field.scalar), scalarWriter(field.scalar));
      case 'enum':
        return tagged(2, WireType.Varint, enumWriter(field.enum));
      case 'message': {
        const type = field.message;
        return (json, writer, depth) => {
          writer.uint32(tag(2, WireType.LengthDelimited)).fork();
          readerOf(type).read(json, writer, depth + 1);
          writer.join();
        };
      }
    }
  }
}

function messageReader(fields: ReadonlyMap<string, FieldReader>, hasOneofs: boolean): ReadMessage {
  return (json, writer, depth) => {
    if (!isJsonObject(json)) throw new FieldViolation(`expected an object, got ${describeJson(json)}`);
    if (depth >= maxMessageDepth) throw tooDeep(maxMessageDepth);
    let oneofs: Map<string, string> | undefined;
    for (const key in json) {
      const field = fields.get(key);
      if (field === undefined) throw new FieldViolation('there is no such field', [shorten(key)]);
      const { desc } = field;
      if (key !== desc.jsonName && Object.hasOwn(json, desc.jsonName)) {
        throw new FieldViolation(`given twice, as "${desc.jsonName}" and as "${desc.name}"`, [key]);
      }
      const value = json[key] as Json;
      if (value === null && !takesNull(desc)) continue;
      if (hasOneofs && desc.oneof !== undefined) {
        oneofs ??= new Map();
        const other = oneofs.get(desc.oneof.name);
        if (other !== undefined) {
          throw new FieldViolation(
            `only one field of "${desc.oneof.name}" may be given, and "${other}" is given too`,
            [key],
          );
        }
        oneofs.set(desc.oneof.name, key);
      }
      try {
        field.read(value, writer, depth);
      } catch (error) {
        throw within(key, error);
      }
    }
  };
}

type MessageField = DescField & { readonly message: DescMessage; readonly delimitedEncoding: boolean };

function singular(desc: DescField, read: ReadMessage): FieldReader {
  return { desc, read, readElement: read };
}

function repeated(desc: DescField, readElement: ReadMessage): FieldReader {
  const read: ReadMessage = (json, writer, depth) => {
    for (const [index, item] of arrayOf(json).entries()) {
      try {
        readElement(item, writer, depth);
      } catch (error) {
        throw within(index, error);
      }
    }
  };
  return { desc, read, readElement };
}

function packedList(fieldNumber: number, write: WriteScalar): ReadMessage {
  const listTag = tag(fieldNumber, WireType.LengthDelimited);
  return (json, writer) => {
    const items = arrayOf(json);
    if (items.length === 0) return;
    writer.uint32(listTag).fork();
    for (const [index, item] of items.entries()) {
      try {
        write(item, writer);
      } catch (error) {
        throw within(index, error);
      }
    }
    writer.join();
  };
}

function tagged(fieldNumber: number, wireType: WireType, write: WriteScalar): ReadMessage {
  const fieldTag = tag(fieldNumber, wireType);
  return (json, writer) => {
    writer.uint32(fieldTag);
    write(json, writer);
  };
}

/** JSON has string keys only. Integers must be in their shortest form, or one key could be given twice. */
function mapKeyWriter(field: DescField & { fieldKind: 'map' }): WriteScalar {
  const write = scalarWriter(field.mapKey);
  if (field.mapKey === ScalarType.STRING) return write;
  if (field.mapKey === ScalarType.BOOL) {
    return (key, writer) => {
      if (key !== 'true' && key !== 'false')
        throw new FieldViolation('expected "true" or "false" as the key');
      write(key === 'true', writer);
    };
  }
  return (key, writer) => {
    if (!shortestInteger.test(String(key))) throw new FieldViolation('expected an integer as the key');
    write(key, writer);
  };
}

const shortestInteger = /^(?:0|-?[1-9][0-9]*)$/;

/** JSON null leaves a field unset, except where null is itself a value. */
function takesNull(field: DescField): boolean {
  return (
    (field.fieldKind === 'message' && field.message.typeName === 'google.protobuf.Value') ||
    (field.fieldKind === 'enum' && field.enum.typeName === 'google.protobuf.NullValue')
  );
}

function boundDepth(read: ReadMessage): ReadMessage {
  return (json, writer, depth) => {
    if (depth >= maxMessageDepth) throw tooDeep(maxMessageDepth);
    read(json, writer, depth);
  };
}

function arrayOf(json: Json): readonly Json[] {
  if (!Array.isArray(json)) throw new FieldViolation(`expected an array, got ${describeJson(json)}`);
  return json;
}
