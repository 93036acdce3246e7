import { describe, expect, it } from 'vitest';
import { createIsoTimeWriter } from './iso-time.ts';

describe('an ISO time writer', () => {
  it('writes what toISOString() writes, in any order', () => {
    const write = createIsoTimeWriter();
    const begin = Date.UTC(2026, 10, 30, 23, 59, 59, 0);
    const times = [0, 7, 70, 700, 999, 1000, 1001, 999, 86_400_000, 0.9, -1, -begin, -begin - 1].map(
      (ms) => begin + ms,
    );
    for (const timeMs of [...times, 0, -1, -999, -1000, -62_198_755_200_000, 253_402_300_800_000]) {
      expect(write(timeMs)).toBe(new Date(timeMs).toISOString());
    }
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 9e15])('throws for %d, and goes on', (timeMs) => {
    const write = createIsoTimeWriter();
    expect(() => write(timeMs)).toThrow(RangeError);
    expect(() => write(timeMs)).toThrow(RangeError);
    expect(write(1)).toBe('1970-01-01T00:00:00.001Z');
  });
});
