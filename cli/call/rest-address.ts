import { type DescMethod, getOption, hasOption, type JsonObject, type JsonValue } from '@bufbuild/protobuf';
import { http } from '@busline/schemas/google/api/annotations';

export interface RestAddress {
  readonly verb: string;
  /** With the query. */
  readonly path: string;
  readonly body: string | undefined;
}

/** The REST request for a message by the method's `google.api.http`. Undefined: it has none. */
export function restAddress(method: DescMethod, request: JsonValue): RestAddress | undefined {
  if (!hasOption(method, http)) return undefined;
  const { pattern, body } = getOption(method, http);
  if (pattern.case === undefined || pattern.case === 'custom') return undefined;
  const fields = isObject(request) ? structuredClone(request) : {};
  const path = pattern.value.replaceAll(/\{([\w.]+)(?:=([^}]*))?\}/g, (_, name: string, parts?: string) => {
    const value = String(take(fields, name.split('.').map(jsonName)) ?? '');
    return parts?.includes('/') || parts === '**' ? encodeURI(value) : encodeURIComponent(value);
  });
  const verb = pattern.case.toUpperCase();
  if (body === '*') return { verb, path, body: JSON.stringify(fields) };
  const sent = body === '' ? undefined : JSON.stringify(take(fields, [jsonName(body)]) ?? {});
  const query = new URLSearchParams(queryOf(fields, '')).toString();
  return { verb, path: query === '' ? path : `${path}?${query}`, body: sent };
}

function take(fields: JsonObject, [first = '', ...rest]: readonly string[]): JsonValue | undefined {
  const value = fields[first];
  if (rest.length > 0) return isObject(value) ? take(value, rest) : undefined;
  delete fields[first];
  return value;
}

function queryOf(fields: JsonObject, prefix: string): [string, string][] {
  return Object.entries(fields).flatMap(([name, value]): [string, string][] => {
    if (isObject(value)) return queryOf(value, `${prefix}${name}.`);
    if (Array.isArray(value)) return value.map((item) => [`${prefix}${name}`, String(item)]);
    return [[`${prefix}${name}`, String(value)]];
  });
}

function jsonName(field: string): string {
  return field.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
