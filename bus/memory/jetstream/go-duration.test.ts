import { expect, it } from 'vitest';
import { readDuration } from './go-duration.ts';

it.each([
  ['90', 90_000],
  ['1h30m', 5_400_000],
  ['1.5s', 1_500],
  ['250ms', 250],
  ['never', undefined],
  ['10x', undefined],
])('%s is %s ms', (text, ms) => {
  expect(readDuration(text)).toBe(ms);
});
