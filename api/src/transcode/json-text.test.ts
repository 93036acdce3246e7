import { describe, expect, it } from 'vitest';
import { formatPath } from './field-violation.ts';
import { parseJson } from './json-text.ts';
import type { Json } from './json-value.ts';

const parse = (text: string): Json => parseJson(Buffer.from(text));

/** Path and description of the violation, as one line. */
function faultOf(bytes: Uint8Array): string {
  try {
    parseJson(bytes);
  } catch (error) {
    const { path, description } = error as { path: []; description: string };
    return path.length === 0 ? description : `${formatPath(path)}: ${description}`;
  }
  return 'accepted';
}

describe('parseJson()', () => {
  it.each([
    'null',
    ' true ',
    '-0.5e3',
    '"a\\"b\\\\"',
    '""',
    '[]',
    '{}',
    '{"a":{"a":[{"a":1},{"a":2}]}}',
    '{"a" \n\t:\r 1, "b:c": "x:y\\":\\"z"}',
    '{"\\u0061":1,"b":"\\\\"}',
    '{"long string":"0123456789012345678901234567890123456789"}',
    '[0.1234567890123456789,1e300,123456789012345]',
  ])('agrees with JSON.parse on %s', (text) => {
    expect(parse(text)).toEqual(JSON.parse(text));
  });

  it('keeps integers a double cannot hold', () => {
    expect(
      parse('{"a":9007199254740993,"b":-9223372036854775808,"c":9007199254740991,"d":1234567890123456.5}'),
    ).toEqual({
      a: 9007199254740993n,
      b: -9223372036854775808n,
      c: 9007199254740991,
      d: 1234567890123456.5,
    });
  });

  it('takes "__proto__" for a key like any other', () => {
    expect(Object.keys(parse('{"__proto__":{"x":1}}') as object)).toEqual(['__proto__']);
    expect(faultOf(Buffer.from('{"__proto__":1,"__proto__":2}'))).toBe('__proto__: the key is given twice');
  });

  it.each([
    ['', 'not JSON at line 1 column 1: expected a value, the text ends'],
    ['{', 'not JSON at line 1 column 2: expected a quoted key, the text ends'],
    ['{"name":}', 'not JSON at line 1 column 9 in name: expected a value, got "}"'],
    ['{"name":"x"', 'not JSON at line 1 column 12: expected "," or "}", the text ends'],
    ['{"a":1,}', 'not JSON at line 1 column 8: expected a quoted key, got "}"'],
    ["{'a':1}", 'not JSON at line 1 column 2: expected a quoted key, got "\'"'],
    ['{"a" 1}', 'not JSON at line 1 column 6 in a: expected ":", got "1"'],
    [
      '{"items":[{"id":1},\n {"id":nul}]}',
      'not JSON at line 2 column 8 in items[1].id: expected a value, got "n"',
    ],
    ['[1,]', 'not JSON at line 1 column 4 in [1]: expected a value, got "]"'],
    ['[1 2]', 'not JSON at line 1 column 4: expected "," or "]", got "2"'],
    ['01', 'not JSON at line 1 column 2: expected the end of the text, got "1"'],
    ['{} x', 'not JSON at line 1 column 4: expected the end of the text, got "x"'],
    ['"abc', 'not JSON at line 1 column 5: expected the closing quote, the text ends'],
    ['"a\\x"', 'not JSON at line 1 column 3: expected a valid escape, got "\\\\"'],
    ['"a\u0001"', 'not JSON at line 1 column 3: expected control characters to be escaped, got "\\u0001"'],
    ['NaN', 'not JSON at line 1 column 1: expected a value, got "N"'],
    ['\ufeff{}', 'not JSON at line 1 column 1: expected a value, got "\ufeff"'],
    ['{"a":1,"a":1}', 'a: the key is given twice'],
    ['{"x":[{},{"b":{"c":1,"c":2}}]}', 'x[1].b.c: the key is given twice'],
    ['{"a":1,"\\u0061":2}', 'a: the key is given twice'],
  ])('refuses %j', (text, description) => {
    expect(faultOf(Buffer.from(text))).toBe(description);
  });

  it.each([
    ['a lone continuation byte', [0x22, 0x80, 0x22]],
    ['an overlong encoding', [0x22, 0xc0, 0xaf, 0x22]],
    ['an encoded surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
  ])('refuses %s', (_, bytes) => {
    expect(faultOf(Uint8Array.from(bytes))).toBe('not UTF-8');
  });

  it.each([
    ['arrays', '[', ']'],
    ['objects', '{"a":', '}'],
  ])('bounds the nesting of %s', (_, open, close) => {
    const nested = (levels: number) =>
      Buffer.from(open.repeat(levels) + (open === '[' ? '' : '1') + close.repeat(levels));
    expect(faultOf(nested(100))).toBe('accepted');
    expect(faultOf(nested(101))).toContain('nested deeper than 100 levels');
    expect(faultOf(nested(200_000))).toContain('nested deeper than 100 levels');
    // Also where JSON.parse fails first, and where a long number sends the text to the careful parser.
    expect(faultOf(Buffer.from(open.repeat(200_000)))).toContain('nested deeper than 100 levels');
    expect(faultOf(Buffer.from(`[9007199254740993,${nested(200_000)}]`))).toContain(
      'nested deeper than 100 levels',
    );
  });
});
