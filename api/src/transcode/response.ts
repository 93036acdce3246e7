import {
  type DescField,
  type DescMessage,
  fromBinary,
  type JsonValue,
  type Registry,
} from '@bufbuild/protobuf';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { HttpBodySchema } from '@busline/schemas/google/api/httpbody';
import { isHttpBody, isHttpBodyField } from './http-body.ts';
import type { HttpBinding } from './http-rule.ts';
import { createMessageWriters, type JsonWriteOptions } from './json-writer.ts';

/** The body of an HTTP answer. */
export interface ResponseBody {
  /** Undefined only for a HttpBody that names none. */
  readonly contentType: string | undefined;
  readonly body: string | Uint8Array;
}

/** Turns response messages into HTTP bodies by one binding. */
export interface ResponseTranscoder {
  /** What bodies are: JSON, or raw bytes of any type. */
  readonly bodyKind: 'json' | 'raw';
  /** @throws Error when the bytes are not a message of the method's output type */
  decode(message: Uint8Array): ResponseBody;
}

export const jsonContentType = 'application/json';

export function createResponseTranscoder(
  binding: HttpBinding,
  registry: Registry,
  options: JsonWriteOptions,
): ResponseTranscoder {
  const { output } = binding.method;
  const { responseField } = binding;
  if (isHttpBody(output) && responseField === undefined) return { bodyKind: 'raw', decode: rawBody };
  if (responseField !== undefined && isHttpBodyField(responseField)) {
    return {
      bodyKind: 'raw',
      decode: (message) => rawBody(embeddedMessage(message, responseField.number)),
    };
  }
  const writer = createMessageWriters(registry, options)(output);
  if (responseField === undefined)
    return { bodyKind: 'json', decode: (message) => jsonBody(writer.write(message)) };
  const empty = emptyValue(responseField, output, registry);
  return {
    bodyKind: 'json',
    decode: (message) =>
      jsonBody((writer.write(message) as Record<string, JsonValue>)[responseField.jsonName] ?? empty),
  };
}

function jsonBody(json: JsonValue): ResponseBody {
  return { contentType: jsonContentType, body: JSON.stringify(json) };
}

function rawBody(message: Uint8Array): ResponseBody {
  const { contentType, data } = fromBinary(HttpBodySchema, message);
  return { contentType: contentType === '' ? undefined : contentType, body: data };
}

/** The bytes of a message field; several occurrences are merged by being appended to one another. */
function embeddedMessage(message: Uint8Array, fieldNumber: number): Uint8Array {
  const reader = new BinaryReader(message);
  const parts: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    if (number === fieldNumber) parts.push(reader.bytes());
    else reader.skip(wireType, number);
  }
  return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
}

/** What stands for a field that the response leaves out: its default, or null for one with presence. */
function emptyValue(field: DescField, output: DescMessage, registry: Registry): JsonValue {
  const defaults = createMessageWriters(registry, { alwaysEmitImplicit: true })(output).write(
    new Uint8Array(),
  );
  return (defaults as Record<string, JsonValue>)[field.jsonName] ?? null;
}
