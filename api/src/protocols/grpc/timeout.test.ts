import { expect, it } from 'vitest';
import { parseTimeout } from './timeout.ts';

it.each([
  [undefined, undefined],
  ['0m', 0],
  ['1H', 3_600_000],
  ['2M', 120_000],
  ['3S', 3000],
  ['250m', 250],
  ['1500u', 1.5],
  ['99999999n', 99.999999],
])('%s is %s ms', (value, ms) => {
  expect(parseTimeout(value)).toBe(ms);
});

it.each(['', '1', 'S', '-1S', '1.5S', '123456789S', '1s', '1 S', '1SS'])('%j is refused', (value) => {
  expect(() => parseTimeout(value)).toThrow('grpc-timeout must be');
});
