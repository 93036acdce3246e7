import {
  type DescMessage,
  type DescMethod,
  fromJson,
  getOption,
  hasOption,
  type JsonObject,
  type JsonValue,
  type Message,
  type Registry,
  toJson,
} from '@bufbuild/protobuf';
import { codeTable } from '@busline/bus';
import { http } from '@busline/schemas/google/api/annotations';
import type { Outcome } from './outcome.ts';

/** A request in the form that a method's HTTP rule gives it. */
export interface RestCall {
  readonly httpMethod: string;
  readonly target: string;
  readonly body: JsonValue | undefined;
}

/**
 * The message as its method's first HTTP rule has it; undefined where there is none, or where REST cannot say it (a
 * repeated message in the query, an empty part of the path), or answers with a part of the response or with raw bytes.
 */
export function restCall(method: DescMethod, message: Message, registry: Registry): RestCall | undefined {
  if (!hasOption(method, http)) return undefined;
  const { pattern, body, responseBody } = getOption(method, http);
  if ((body !== '' && body !== '*') || responseBody !== '') return undefined;
  if (typeof pattern.value !== 'string' || pattern.case === undefined) return undefined;
  const raw = 'google.api.HttpBody';
  if (method.output.typeName === raw || method.input.typeName === raw) return undefined;

  const json = toJson(method.input, message, { registry }) as JsonObject;
  let sayable = true;
  const path = pattern.value.replace(/\{([a-z0-9_]+)\}/g, (_, name: string) => {
    const field = method.input.fields.find((candidate) => candidate.name === name);
    const value = field === undefined ? undefined : json[field.jsonName];
    if (field !== undefined) delete json[field.jsonName];
    if (value === undefined || value === '') sayable = false;
    return encodeURIComponent(String(value));
  });
  if (!sayable || path.includes('{')) return undefined;
  const httpMethod = pattern.case.toUpperCase();
  if (body === '*') return { httpMethod, target: path, body: json };
  const query = queryOf(json, method.input);
  return query && { httpMethod, target: query.size === 0 ? path : `${path}?${query}`, body: undefined };
}

function queryOf(json: JsonObject, desc: DescMessage): URLSearchParams | undefined {
  const query = new URLSearchParams();
  return desc.fields.every((field) => {
    const value = json[field.jsonName];
    if (value === undefined) return true;
    if (value === null || field.fieldKind === 'map' || field.fieldKind === 'message') return false;
    if (!Array.isArray(value)) query.append(field.jsonName, String(value));
    else if (field.fieldKind === 'list' && field.listKind !== 'message') {
      for (const item of value) query.append(field.jsonName, String(item));
    } else return false;
    return true;
  })
    ? query
    : undefined;
}

/** Makes the call. Details of an error are named by type, which is all of them that the two forms have in common. */
export async function restOutcome(
  baseUrl: string,
  method: DescMethod,
  { call, registry }: { readonly call: RestCall; readonly registry: Registry },
): Promise<Outcome> {
  const streams = method.methodKind === 'server_streaming';
  const response = await fetch(`${baseUrl}${call.target}`, {
    method: call.httpMethod,
    headers: {
      accept: streams ? 'application/x-ndjson' : 'application/json',
      ...(call.body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
    signal: AbortSignal.timeout(10_000),
  });
  const text = await response.text();
  if (!response.ok) return { messages: [], error: problemOf(JSON.parse(text)) };
  const normal = (json: JsonValue): JsonValue =>
    toJson(method.output, fromJson(method.output, json, { registry }), { registry });
  if (!streams) return { messages: [normal(JSON.parse(text))] };
  const lines = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
  const failed = lines.find((line) => 'error' in line);
  const messages = lines.filter((line) => 'result' in line).map((line) => normal(line.result));
  return failed === undefined ? { messages } : { messages, error: statusOf(failed.error) };
}

interface Detail {
  readonly '@type': string;
}

function problemOf({
  code,
  detail = '',
  details = [],
}: {
  code: string;
  detail?: string;
  details?: Detail[];
}) {
  return { code: numberOf(code), message: detail, details: details.map(typeOf) };
}

/** The error that ends a stream of lines, as AIP-193 has it: its `code` is the HTTP status. */
function statusOf({
  status,
  message = '',
  details = [],
}: {
  status: string;
  message?: string;
  details?: Detail[];
}) {
  return { code: numberOf(status), message, details: details.map(typeOf) };
}

function typeOf(detail: Detail): string {
  return detail['@type'].slice(detail['@type'].lastIndexOf('/') + 1);
}

function numberOf(name: string): number {
  const found = Object.entries(codeTable).find(([, meaning]) => meaning.name === name);
  if (found === undefined) throw new Error(`no code is called ${name}`);
  return Number(found[0]);
}
