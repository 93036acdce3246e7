/** A JSON value. A bigint is an integer literal that a double cannot hold exactly. */
export type Json = null | boolean | number | bigint | string | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: Json;
}

export function isJsonObject(json: Json): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

/** What kind of value it is, for an error text. The value itself is the caller's and is not repeated. */
export function describeJson(json: Json): string {
  if (json === null) return 'null';
  switch (typeof json) {
    case 'string':
      return 'a string';
    case 'boolean':
      return 'a boolean';
    case 'object':
      return Array.isArray(json) ? 'an array' : 'an object';
    default:
      return 'a number';
  }
}
