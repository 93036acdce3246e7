import { validateHeaderValue } from 'node:http';
import { describe, expect, it } from 'vitest';
import { fieldValue, isReplyMetadata, isRequestMetadata } from './header-names.ts';

describe('fieldValue()', () => {
  it.each([
    ['plain', 'plain'],
    ['tab\tand é', 'tab\tand é'],
    ['a\u0001b', 'a%01b'],
    ['\u001f\u007f', '%1F%7F'],
    ['100%', '100%'],
  ])('makes %j %j', (value, expected) => {
    expect(fieldValue(value)).toBe(expected);
  });

  it('gives what Node.js sends, whatever a Headers object holds', () => {
    const every = Array.from({ length: 256 }, (_, code) => `x${String.fromCharCode(code)}x`);
    for (const value of every) expect(() => validateHeaderValue('x-any', fieldValue(value))).not.toThrow();
  });
});

it.each([
  ['x-mine', true, true],
  ['authorization', true, true],
  ['cookie', false, true],
  ['set-cookie', true, false],
  ['content-length', false, false],
  ['connection', false, false],
  ['bl-timeout', false, true],
  ['sec-fetch-mode', false, true],
])('%s as metadata of a request: %s, of a reply: %s', (name, request, reply) => {
  expect([isRequestMetadata(name), isReplyMetadata(name)]).toEqual([request, reply]);
});
