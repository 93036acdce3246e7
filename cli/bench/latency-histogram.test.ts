import { describe, expect, it } from 'vitest';
import { createLatencyHistogram } from './latency-histogram.ts';

describe('createLatencyHistogram()', () => {
  it('finds percentiles at most 1.1 % too high, and never too low', () => {
    const histogram = createLatencyHistogram();
    for (let ms = 1; ms <= 1_000; ms++) histogram.record(ms / 10);
    for (const part of [0.01, 0.5, 0.9, 0.99, 0.999, 1]) {
      const ratio = histogram.percentileMs(part) / (part * 100);
      expect(ratio).toBeGreaterThanOrEqual(1 - 1e-9);
      expect(ratio).toBeLessThan(1.011);
    }
    expect(histogram).toMatchObject({ count: 1_000, minMs: 0.1, maxMs: 100 });
    expect(histogram.meanMs).toBeCloseTo(50.05);
  });

  it('is empty at first', () => {
    const histogram = createLatencyHistogram();
    expect([histogram.percentileMs(0.5), histogram.minMs, histogram.maxMs, histogram.meanMs]).toEqual([
      0, 0, 0, 0,
    ]);
  });
});
