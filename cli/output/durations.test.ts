import { describe, expect, it } from 'vitest';
import { formatAge, formatMs } from './durations.ts';

describe('formatMs()', () => {
  it.each([
    [undefined, '-'],
    [0.0312, '31 µs'],
    [1.234, '1.23 ms'],
    [12.34, '12.3 ms'],
    [123.4, '123 ms'],
    [1_234, '1.23 s'],
    [61_000, '61.0 s'],
  ])('writes %d as %s', (durationMs, text) => {
    expect(formatMs(durationMs)).toBe(text);
  });
});

describe('formatAge()', () => {
  it.each([
    [-5, '0s'],
    [59_999, '59s'],
    [60_000, '1m'],
    [7_200_000, '2h'],
    [200_000_000, '2d'],
  ])('writes %d as %s', (ageMs, text) => {
    expect(formatAge(ageMs)).toBe(text);
  });
});
