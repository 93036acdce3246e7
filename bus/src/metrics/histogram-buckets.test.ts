import { describe, expect, it } from 'vitest';
import { bucketLimitMs, histogramBucket } from './histogram-buckets.ts';

describe('histogramBucket()', () => {
  it.each([
    [0, 0],
    [-1, 0],
    [0.001, 0],
    [0.0011, 1],
    [0.002, 4],
    [1.024, 40],
    [3_600_000, 127],
    [Number.POSITIVE_INFINITY, 127],
  ])('puts %d ms into bucket %i', (durationMs, bucket) => {
    expect(histogramBucket(durationMs)).toBe(bucket);
  });

  it('holds each duration below the limit of its bucket and above that of the one before', () => {
    for (let durationMs = 0.0015; durationMs < 1_000_000; durationMs *= 1.37) {
      const bucket = histogramBucket(durationMs);
      expect(bucketLimitMs(bucket)).toBeGreaterThanOrEqual(durationMs * 0.999_999);
      expect(bucketLimitMs(bucket - 1)).toBeLessThan(durationMs);
    }
  });
});
