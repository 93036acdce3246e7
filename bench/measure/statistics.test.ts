import { describe, expect, it } from 'vitest';
import { median, quantile } from './statistics.ts';

describe('median()', () => {
  it.each([
    [[3], 3],
    [[3, 1, 2], 2],
    [[4, 1, 2, 3], 2.5],
    [[10, 9, 100], 10],
  ])('of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it('leaves its argument as it was', () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });

  it('refuses no values', () => {
    expect(() => median([])).toThrow(RangeError);
  });
});

describe('quantile()', () => {
  it.each([
    [0, 1],
    [0.99, 4.96],
    [1, 5],
  ])('%d lies at %d', (fraction, expected) => {
    expect(quantile([5, 1, 4, 2, 3], fraction)).toBeCloseTo(expected);
  });
});
