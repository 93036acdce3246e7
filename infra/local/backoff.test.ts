import { describe, expect, it } from 'vitest';
import { backoffMs } from './backoff.ts';

describe('backoffMs()', () => {
  it.each([
    [0, 500],
    [1, 1_000],
    [2, 2_000],
    [5, 16_000],
    [6, 30_000],
    [1_000, 30_000],
  ])('crash %i waits %i ms in the middle', (attempt, delay) => {
    expect(backoffMs(attempt, () => 0.5)).toBe(delay);
  });

  it('spreads by a fifth to both sides', () => {
    expect(backoffMs(1, () => 0)).toBe(800);
    expect(backoffMs(1, () => 1)).toBe(1_200);
  });
});
