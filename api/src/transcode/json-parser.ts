import { FieldViolation, formatPath, type PathStep, shorten } from './field-violation.ts';
import type { Json } from './json-value.ts';

/**
 * A JSON parser for the cases `JSON.parse` handles badly (RFC 8259): it says at which line and column a text stops
 * being JSON, refuses a key given twice, and keeps an integer that no double holds exactly as a bigint. About ten
 * times slower than `JSON.parse`, so it only runs on texts that `parseJson` found odd.
 *
 * The caller bounds nesting: the parser recurses once per level and refuses more than `maxDepth`.
 *
 * @throws FieldViolation
 */
export function parseJsonCarefully(text: string, maxDepth: number): Json {
  let at = 0;
  const path: PathStep[] = [];

  const value = parseValue(0);
  skipWhiteSpace();
  if (at < text.length) throw syntax('the end of the text');
  return value;

  function parseValue(depth: number): Json {
    skipWhiteSpace();
    switch (text[at]) {
      case '{':
        return parseObject(depth + 1);
      case '[':
        return parseArray(depth + 1);
      case '"':
        return parseString();
      case 't':
        return parseWord('true', true);
      case 'f':
        return parseWord('false', false);
      case 'n':
        return parseWord('null', null);
      default:
        return parseNumber();
    }
  }

  function parseObject(depth: number): Json {
    enter(depth);
    const object: Record<string, Json> = {};
    at++;
    skipWhiteSpace();
    if (text[at] === '}') {
      at++;
      return object;
    }
    for (;;) {
      skipWhiteSpace();
      if (text[at] !== '"') throw syntax('a quoted key');
      const key = parseString();
      path.push(key);
      if (Object.hasOwn(object, key)) throw new FieldViolation('the key is given twice', path);
      skipWhiteSpace();
      if (text[at] !== ':') throw syntax('":"');
      at++;
      // Defined, not assigned: the key may be "__proto__".
      Object.defineProperty(object, key, { value: parseValue(depth), enumerable: true });
      path.pop();
      skipWhiteSpace();
      if (text[at] === '}') {
        at++;
        return object;
      }
      if (text[at] !== ',') throw syntax('"," or "}"');
      at++;
    }
  }

  function parseArray(depth: number): Json {
    enter(depth);
    const array: Json[] = [];
    at++;
    skipWhiteSpace();
    if (text[at] === ']') {
      at++;
      return array;
    }
    for (;;) {
      path.push(array.length);
      array.push(parseValue(depth));
      path.pop();
      skipWhiteSpace();
      if (text[at] === ']') {
        at++;
        return array;
      }
      if (text[at] !== ',') throw syntax('"," or "]"');
      at++;
    }
  }

  function parseString(): string {
    stringPattern.lastIndex = at;
    const found = stringPattern.exec(text)?.[0];
    if (found !== undefined) {
      at += found.length;
      return found.includes('\\') ? (JSON.parse(found) as string) : found.slice(1, -1);
    }
    stringStartPattern.lastIndex = at;
    at += stringStartPattern.exec(text)?.[0].length ?? 0;
    if (at >= text.length) throw syntax('the closing quote');
    throw syntax(text[at] === '\\' ? 'a valid escape' : 'control characters to be escaped');
  }

  function parseNumber(): number | bigint {
    numberPattern.lastIndex = at;
    const found = numberPattern.exec(text)?.[0];
    if (found === undefined) throw syntax('a value');
    at += found.length;
    const number = Number(found);
    return Number.isSafeInteger(number) || !integerPattern.test(found) ? number : BigInt(found);
  }

  function parseWord<T extends Json>(word: string, meaning: T): T {
    if (!text.startsWith(word, at)) throw syntax('a value');
    at += word.length;
    return meaning;
  }

  function enter(depth: number): void {
    if (depth > maxDepth) throw tooDeep(maxDepth, path.slice(0, 4));
  }

  function skipWhiteSpace(): void {
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
    }
  }

  function syntax(expected: string): FieldViolation {
    const before = text.slice(0, at).split('\n');
    const column = (before.at(-1) ?? '').length + 1;
    const found = at < text.length ? `got ${JSON.stringify(text[at])}` : 'the text ends';
    const where = path.length === 0 ? '' : ` in ${shorten(formatPath(path))}`;
    return new FieldViolation(
      `not JSON at line ${before.length} column ${column}${where}: expected ${expected}, ${found}`,
    );
  }
}

export function tooDeep(maxDepth: number, path: readonly PathStep[] = []): FieldViolation {
  return new FieldViolation(`nested deeper than ${maxDepth} levels`, path);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 8259 section 7 forbids them unescaped in a string.
const stringPattern = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above; matches up to the first fault.
const stringStartPattern = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*/y;
const numberPattern = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const integerPattern = /^-?[0-9]+$/;
