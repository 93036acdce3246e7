import { describe, expect, it } from 'vitest';
import { fuzz, inputOf } from './fuzz.ts';

describe('what no good client sends', () => {
  it('is the same for the same seed and number', () => {
    for (let number = 0; number < 100; number++) expect(inputOf(7, number)).toEqual(inputOf(7, number));
    expect(inputOf(7, 1)).not.toEqual(inputOf(8, 1));
  });

  it('neither ends the edge nor makes it hang, grow or talk', { timeout: 90_000 }, async () => {
    const { ok, counts, violations } = await fuzz({ seed: 1, seconds: 0, cases: 600 });
    expect(violations).toEqual([]);
    expect(ok).toBe(true);
    const kinds = [counts.http1Body, counts.http1Bytes, counts.http2Request, counts.http2Frames];
    expect(Math.min(...kinds.map((kind) => kind ?? 0))).toBeGreaterThan(100);
    expect(counts.answered).toBeGreaterThan(300);
  });
});
