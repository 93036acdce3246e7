import { describe, expect, it } from 'vitest';
import { createSeededRandom } from './seeded-random.ts';

describe('seeded random numbers', () => {
  it('repeat with their seed, and only with it', () => {
    const take = (seed: number) => {
      const random = createSeededRandom(seed);
      return Array.from({ length: 100 }, () => random.next());
    };
    expect(take(7)).toEqual(take(7));
    expect(take(7)).not.toEqual(take(8));
  });

  it('are spread over their range', () => {
    const random = createSeededRandom(1);
    const tens = new Array<number>(10).fill(0);
    for (let n = 0; n < 10_000; n++) {
      const ten = random.below(10);
      tens[ten] = (tens[ten] ?? 0) + 1;
    }
    expect(Math.min(...tens)).toBeGreaterThan(850);
    const hits = Array.from({ length: 10_000 }, () => random.chance(0.1)).filter(Boolean).length;
    expect(Math.abs(hits - 1_000)).toBeLessThan(150);
  });
});
