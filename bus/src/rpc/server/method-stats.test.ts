import { describe, expect, it } from 'vitest';
import { createMethodRecorder, histogramBucket } from './method-stats.ts';

describe('createMethodRecorder()', () => {
  it('begins with nothing', () => {
    expect(createMethodRecorder().snapshot()).toEqual({
      requests: 0,
      errors: 0,
      refused: 0,
      lastError: '',
      processingTimeNs: 0,
      histogram: new Map(),
    });
  });

  it('counts what ran, what failed and what never started', () => {
    const recorder = createMethodRecorder();
    recorder.ran(1, undefined);
    recorder.ran(2.5, '5:no such order');
    recorder.ran(2.5, undefined);
    recorder.refused('8:overloaded');
    expect(recorder.snapshot()).toEqual({
      requests: 3,
      errors: 1,
      refused: 1,
      lastError: '8:overloaded',
      processingTimeNs: 6_000_000,
      histogram: new Map([
        [40, 1],
        [46, 2],
      ]),
    });
  });

  it('gives a snapshot that stays as it is', () => {
    const recorder = createMethodRecorder();
    recorder.ran(1, undefined);
    const before = recorder.snapshot();
    recorder.ran(1, 'x');
    expect(before).toMatchObject({ requests: 1, errors: 0, histogram: new Map([[40, 1]]) });
  });

  it('counts whole nanoseconds', () => {
    const recorder = createMethodRecorder();
    recorder.ran(0.0000004, undefined);
    recorder.ran(0.0000003, undefined);
    expect(recorder.snapshot().processingTimeNs).toBe(1);
  });
});

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

  it('holds each duration below the upper end of its bucket and above that of the one before', () => {
    for (let durationMs = 0.0015; durationMs < 1_000_000; durationMs *= 1.37) {
      const bucket = histogramBucket(durationMs);
      expect(2 ** (bucket / 4) / 1_000).toBeGreaterThanOrEqual(durationMs * 0.999_999);
      expect(2 ** ((bucket - 1) / 4) / 1_000).toBeLessThan(durationMs);
    }
  });
});
