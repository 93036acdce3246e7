import { describe, expect, it } from 'vitest';
import { fault } from '../../errors/fault.ts';
import { retryDelayMs } from './retry-delay.ts';

const limits = { firstDelayMs: 100, maxDelayMs: 1_000 };

describe('retryDelayMs()', () => {
  it.each([
    { attempt: 1, random: 0.5, ms: 100 },
    { attempt: 2, random: 0.5, ms: 200 },
    { attempt: 4, random: 0.5, ms: 800 },
    { attempt: 5, random: 0.5, ms: 1_000 },
    { attempt: 500, random: 0.5, ms: 1_000 },
    { attempt: 1, random: 0, ms: 80 },
    { attempt: 1, random: 1, ms: 120 },
  ])('waits $ms ms after attempt $attempt with chance $random', ({ attempt, random, ms }) => {
    expect(retryDelayMs(limits, attempt, undefined, () => random)).toBeCloseTo(ms);
  });

  it('waits as long as the error asks for', () => {
    const busy = fault('OVERLOADED', { message: 'busy', retryAfterMs: 5_000 });
    expect(retryDelayMs(limits, 1, busy, () => 0.5)).toBe(5_000);
  });
});
