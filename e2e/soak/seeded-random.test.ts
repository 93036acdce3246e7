import { describe, expect, it } from 'vitest';
import { createSeededRandom } from './seeded-random.ts';

const take = (seed: number, end: number) => {
  const random = createSeededRandom(seed);
  return Array.from({ length: 1_000 }, () => random.below(end));
};

describe('createSeededRandom()', () => {
  it('repeats itself for the same seed, and only then', () => {
    expect(take(7, 100)).toEqual(take(7, 100));
    expect(take(7, 100)).not.toEqual(take(8, 100));
  });

  it.each([1, 2, 10])('gives every whole number below %i', (end) => {
    expect([...new Set(take(1, end))].sort((a, b) => a - b)).toEqual(
      Array.from({ length: end }, (_, index) => index),
    );
  });
});
