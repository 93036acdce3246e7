import { describe, expect, it } from 'vitest';
import { draw, type RateLimit } from './token-bucket.ts';

const limit: RateLimit = { name: 'default', requests: 10, perSeconds: 5, burst: 3 };

/** Draws at each of the times, one after the other. */
function drawAt(timesMs: readonly number[], of = limit) {
  let fullAtMs = Number.NEGATIVE_INFINITY;
  return timesMs.map((nowMs) => {
    const { allowed, remaining, nextMs, fullAtMs: next } = draw(of, fullAtMs, nowMs);
    fullAtMs = next;
    return [allowed, remaining, Math.round(nextMs)];
  });
}

describe('draw()', () => {
  it('lets a burst through, then one call each half second', () => {
    expect(drawAt([0, 0, 0, 0, 499, 500, 500, 999, 1000])).toEqual([
      [true, 2, 500],
      [true, 1, 500],
      [true, 0, 500],
      [false, 0, 500],
      [false, 0, 1],
      [true, 0, 500],
      [false, 0, 500],
      [false, 0, 1],
      [true, 0, 500],
    ]);
  });

  it('fills up evenly, and no further than the burst', () => {
    expect(drawAt([0, 0, 0, 750, 1_000_000])).toEqual([
      [true, 2, 500],
      [true, 1, 500],
      [true, 0, 500],
      [true, 0, 250],
      [true, 2, 500],
    ]);
  });

  it('lets through exactly as many as the limit says, whatever the times', () => {
    const thirds: RateLimit = { name: 'x', requests: 3, perSeconds: 1, burst: 3 };
    const times = Array.from({ length: 10_001 }, (_, index) => index * 1.7);
    const allowed = drawAt(times, thirds).filter(([isAllowed]) => isAllowed).length;
    // 17 s at three a second, and the three that were there at first.
    expect(allowed).toBe(3 + 17 * 3);
  });

  it('does not lose calls to fractions', () => {
    const sevenths: RateLimit = { name: 'x', requests: 7, perSeconds: 1, burst: 7 };
    const now = 123_456_789.123;
    expect(drawAt(Array(8).fill(now), sevenths).map(([allowed]) => allowed)).toEqual([
      ...Array(7).fill(true),
      false,
    ]);
  });
});
