import { describe, expect, it } from 'vitest';
import { percentDecode, percentEncode } from './percent-encoding.ts';

describe('percent-encoding of CloudEvents values', () => {
  // The first two are the examples of the HTTP binding.
  it.each([
    { value: 'Euro € 😀', encoded: 'Euro%20%E2%82%AC%20%F0%9F%98%80' },
    { value: 'plain', encoded: 'plain' },
    { value: '"quoted"', encoded: '%22quoted%22' },
    { value: '100%', encoded: '100%25' },
    { value: 'a\r\nb\u0000', encoded: 'a%0D%0Ab%00' },
    { value: "!#$&'()*+,-./:;<=>?@[]^_`{|}~", encoded: "!#$&'()*+,-./:;<=>?@[]^_`{|}~" },
    { value: '', encoded: '' },
  ])('writes $value as $encoded', ({ value, encoded }) => {
    expect(percentEncode(value)).toBe(encoded);
  });

  it.each([
    { encoded: 'Euro%20%E2%82%AC%20%F0%9F%98%80', value: 'Euro € 😀' },
    { encoded: 'Euro%20%e2%82%ac', value: 'Euro €' },
    { encoded: '"two words"', value: 'two words' },
    { encoded: '"a \\"b\\" c"', value: 'a "b" c' },
    { encoded: '"', value: '"' },
    { encoded: '50% off', value: '50% off' },
  ])('reads $encoded as $value', ({ encoded, value }) => {
    expect(percentDecode(encoded)).toBe(value);
  });

  it.each(['%C3', '%FF', '%ED%A0%80', 'a%C0%AFb'])('refuses %s, which is not UTF-8', (encoded) => {
    expect(percentDecode(encoded)).toBeUndefined();
  });
});
