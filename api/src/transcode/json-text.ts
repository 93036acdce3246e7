import { isUtf8 } from 'node:buffer';
import { FieldViolation } from './field-violation.ts';
import { parseJsonCarefully, tooDeep } from './json-parser.ts';
import type { Json } from './json-value.ts';

/**
 * Deepest nesting of objects and arrays that is read. 100 is protobuf's own limit for nested messages, so a deeper
 * text could not become a message anyway.
 */
export const maxJsonDepth = 100;

/**
 * Reads a JSON text from bytes, strictly: UTF-8 only, no key twice in one object, at most `maxJsonDepth` levels, and
 * integers beyond 2^53 kept exactly, as bigints.
 *
 * `JSON.parse` hides two of these, so one pass over the text looks for the signs: more members than the value has
 * keys means a duplicate, a run of 16 digits an integer that may have lost precision. Only then does the slow
 * parser run.
 *
 * @throws FieldViolation naming line and column, or the path of the duplicate key.
 */
export function parseJson(bytes: Uint8Array): Json {
  if (!isUtf8(bytes)) throw new FieldViolation('not UTF-8');
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    // The message of JSON.parse repeats the client's text; ours gives the place instead.
    return parseJsonCarefully(text, maxJsonDepth);
  }
  const signs = inspect(text);
  if (signs.longNumber || signs.members !== countKeys(value, 0))
    return parseJsonCarefully(text, maxJsonDepth);
  return value;
}

/** Members (`"key":`) in a valid JSON text, and whether it may hold an integer literal beyond 2^53. */
function inspect(text: string): { members: number; longNumber: boolean } {
  let members = 0;
  let longNumber = false;
  let at = 0;
  for (;;) {
    const open = text.indexOf('"', at);
    const gapEnd = open < 0 ? text.length : open;
    // 2^53 has 16 digits. Numbers stand between strings, and most gaps are a colon or a comma.
    if (gapEnd - at >= 16 && !longNumber) longNumber = longDigits.test(text.slice(at, gapEnd));
    if (open < 0) return { members, longNumber };
    let close = text.indexOf('"', open + 1);
    while (isEscaped(text, close)) close = text.indexOf('"', close + 1);
    at = close + 1;
    let code = text.charCodeAt(at);
    while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) code = text.charCodeAt(++at);
    if (code === 0x3a) members++;
  }
}

const longDigits = /[0-9]{16}/;

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(at - 1 - backslashes) === 0x5c) backslashes++;
  return backslashes % 2 === 1;
}

function countKeys(value: Json, depth: number): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (depth === maxJsonDepth) throw tooDeep(maxJsonDepth);
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) {
      if (typeof item === 'object' && item !== null) count += countKeys(item, depth + 1);
    }
    return count;
  }
  const object = value as { readonly [key: string]: Json };
  for (const key in object) {
    count++;
    const member = object[key] as Json;
    if (typeof member === 'object' && member !== null) count += countKeys(member, depth + 1);
  }
  return count;
}
