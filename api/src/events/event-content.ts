import { type DescMessage, fromBinary, type Message } from '@bufbuild/protobuf';
import type { HttpBody } from '@busline/schemas/google/api/httpbody';
import { Code, ConnectError } from '@connectrpc/connect';
import { unsupportedType } from '../http-fault.ts';
import { FieldViolation, shorten, violationError } from '../transcode/field-violation.ts';
import { parseJson } from '../transcode/json-text.ts';
import { describeJson, isJsonObject, type Json } from '../transcode/json-value.ts';
import { type EventAttributes, readAttributes } from './event-attributes.ts';
import type { EdgeEvent } from './event-directory.ts';

/** The message of an event, in one of its forms. */
export type EventContent =
  | { readonly kind: 'binary'; readonly bytes: Uint8Array }
  | { readonly kind: 'json'; readonly json: Json };

/** One event of a body. */
export interface GivenEvent {
  /** Where its message stands in the request. */
  readonly path: string;
  readonly content: EventContent;
  /** Undefined where the body is the message alone: then the header has the attributes. */
  readonly attributes: EventAttributes | undefined;
}

const cloudEvent = 'application/cloudevents+json';
const cloudEvents = 'application/cloudevents-batch+json';
const binaryTypes: ReadonlySet<string> = new Set([
  'application/protobuf',
  'application/x-protobuf',
  'application/proto',
]);
const accepted = ['application/json', 'application/protobuf', cloudEvent];

/**
 * Reads a body with one event. Without a content type and empty, it is an event without fields.
 *
 * @throws HttpFault 415; ConnectError INVALID_ARGUMENT
 */
export function readEventBody({ contentType, data }: Pick<HttpBody, 'contentType' | 'data'>): GivenEvent {
  const essence = essenceOf(contentType);
  if (essence === cloudEvent) return readCloudEvent(jsonOf(data), 'body');
  if (essence === 'application/json')
    return { path: 'body', content: { kind: 'json', json: jsonOf(data) }, attributes: undefined };
  if (binaryTypes.has(essence) || (essence === '' && data.length === 0))
    return { path: 'body', content: { kind: 'binary', bytes: data }, attributes: undefined };
  throw unsupportedType(contentType || undefined, accepted);
}

/**
 * Reads a body with many events, each with its attributes (CloudEvents, JSON format, batches).
 *
 * @throws HttpFault 415; ConnectError INVALID_ARGUMENT naming the event
 */
export function readEventsBody({ contentType, data }: Pick<HttpBody, 'contentType' | 'data'>): GivenEvent[] {
  const essence = essenceOf(contentType);
  if (essence === cloudEvent) return [readCloudEvent(jsonOf(data), 'body')];
  if (essence !== cloudEvents) throw unsupportedType(contentType || undefined, [cloudEvents, cloudEvent]);
  const json = jsonOf(data);
  if (!Array.isArray(json)) throw invalid(`a batch of events is a JSON array, not ${describeJson(json)}`);
  return (json as readonly Json[]).map((event, index) =>
    atIndex(index, () => readCloudEvent(event, `body[${index}]`)),
  );
}

/** Does the work on one event of a batch, and says which it was when it fails. */
export function atIndex<T>(index: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    const named = new ConnectError(
      `event ${index}: ${error.rawMessage}`,
      error.code,
      error.metadata,
      undefined,
      error.cause,
    );
    named.details.push(...error.details);
    throw named;
  }
}

/**
 * Makes the message.
 *
 * @throws ConnectError INVALID_ARGUMENT, with the field where there is one
 */
export function messageOf({ schema, json }: EdgeEvent, content: EventContent): Message {
  if (content.kind === 'binary') return decode(schema, content.bytes);
  try {
    const bytes = json.messageBytes((writer) => json.readerOf(schema).read(content.json, writer, 0));
    return decode(schema, bytes);
  } catch (error) {
    throw error instanceof FieldViolation ? violationError(error, 'the event') : error;
  }
}

/** @throws ConnectError INVALID_ARGUMENT */
function decode(schema: DescMessage, bytes: Uint8Array): Message {
  try {
    return fromBinary(schema, bytes);
  } catch {
    throw invalid(`the event is not a ${schema.typeName}`);
  }
}

/** A CloudEvent in structured mode (CloudEvents, JSON format). */
function readCloudEvent(json: Json, where: string): GivenEvent {
  if (!isJsonObject(json)) throw invalid(`a CloudEvent is a JSON object, not ${describeJson(json)}`);
  const path = `${where}.data`;
  const { data, data_base64: base64, ...members } = json;
  const attributes = readAttributes(
    Object.entries(members)
      // Null is as absent (CloudEvents, JSON format, section 2.2).
      .filter(([, value]) => value !== null)
      .map(([name, value]) => [name, attributeText(name, value)] as const),
  );
  if (members.specversion === undefined) throw invalid('a CloudEvent needs "specversion": "1.0"');
  if (data !== undefined && base64 !== undefined) throw invalid('an event has data or data_base64, not both');
  if (base64 === undefined) return { path, attributes, content: { kind: 'json', json: data ?? {} } };
  const bytes = typeof base64 === 'string' ? Buffer.from(base64, 'base64') : undefined;
  if (bytes === undefined) throw invalid('data_base64 must be a string');
  const type = typeof members.datacontenttype === 'string' ? essenceOf(members.datacontenttype) : '';
  if (type === 'application/json')
    return { path, attributes, content: { kind: 'json', json: jsonOf(bytes) } };
  if (!binaryTypes.has(type))
    throw invalid('data_base64 needs the datacontenttype application/protobuf, or application/json');
  return { path, attributes, content: { kind: 'binary', bytes } };
}

function attributeText(name: string, value: Json): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean')
    return String(value);
  throw invalid(
    `attribute ${shorten(name)} must be a string, a number or a boolean, not ${describeJson(value)}`,
  );
}

function jsonOf(data: Uint8Array): Json {
  try {
    return parseJson(data);
  } catch (error) {
    throw error instanceof FieldViolation ? violationError(error, 'request body') : error;
  }
}

function essenceOf(contentType: string): string {
  return (contentType.split(';', 1)[0] as string).trim().toLowerCase();
}

function invalid(message: string): ConnectError {
  return new ConnectError(message, Code.InvalidArgument);
}
