import { describe, expect, it } from 'vitest';
import { createBase64Decoder } from './base64.ts';

/** Decodes text that comes in pieces of a size. */
function decode(text: string, size: number): string {
  const decoder = createBase64Decoder();
  const pieces = text.match(new RegExp(`.{1,${size}}`, 'gs')) ?? [];
  return pieces.map((piece) => Buffer.from(decoder(Buffer.from(piece))).toString('latin1')).join('');
}

const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64');

describe('base64 in pieces', () => {
  it.each([1, 2, 3, 4, 5, 7, 1000])('of %d characters, padded in the middle or not', (size) => {
    const parts = ['a', 'bc', '', 'def', 'ghij', '\u00ff'.repeat(50)];
    expect(decode(parts.map(base64).join(''), size)).toBe(parts.join(''));
    expect(decode(base64(parts.join('')), size)).toBe(parts.join(''));
  });

  it.each(['*aaa', 'a===', 'aa=a', '====', 'aa-_'])('refuses %s', (text) => {
    expect(() => decode(text, 1000)).toThrow('the body is not base64');
  });
});
