import { describe, expect, it } from 'vitest';
import { createDurationHistogram } from './duration-histogram.ts';
import { histogramBucket } from './histogram-buckets.ts';
import { durationsSince, mergeDurations } from './merge-durations.ts';
import { countOf, percentileMs } from './percentile.ts';

function histogramOf(durationsMs: readonly number[]) {
  const histogram = createDurationHistogram();
  for (const durationMs of durationsMs) histogram.record(durationMs);
  return histogram.snapshot().counts;
}

/** Durations of which most are short and some are very long, as latencies are. */
const durationsMs = Array.from({ length: 1000 }, (_, index) => 0.05 * 1.008 ** ((index * 7919) % 1000));

describe('percentileMs()', () => {
  it.each([0.01, 0.5, 0.95, 0.99, 0.999, 1])('is in the bucket of the duration of rank %d', (part) => {
    const exactMs = durationsMs.toSorted((a, b) => a - b)[Math.ceil(part * durationsMs.length) - 1] as number;
    const told = percentileMs(histogramOf(durationsMs), part) as number;
    expect(histogramBucket(told)).toBe(histogramBucket(exactMs));
    expect(told).toBeGreaterThanOrEqual(exactMs);
  });

  it('is the same for one histogram and for its parts together', () => {
    const parts = [0, 1, 2].map((part) => histogramOf(durationsMs.filter((_, index) => index % 3 === part)));
    const merged = mergeDurations(parts);
    expect(new Map([...merged].toSorted(([a], [b]) => a - b))).toEqual(histogramOf(durationsMs));
    expect(countOf(merged)).toBe(1000);
  });

  it('is nothing where nothing was counted', () => {
    expect(percentileMs(new Map(), 0.5)).toBeUndefined();
  });

  it.each([0, -1, 1.01, Number.NaN])('refuses %d', (part) => {
    expect(() => percentileMs(new Map([[3, 1]]), part)).toThrow(RangeError);
  });
});

describe('durationsSince()', () => {
  it('takes away what was there before', () => {
    const before = histogramOf([1, 2]);
    expect(durationsSince(before, mergeDurations([before, histogramOf([2, 8])]))).toEqual(
      histogramOf([2, 8]),
    );
  });
});

describe('createDurationHistogram()', () => {
  it('keeps count and sum, and gives snapshots that stay as they are', () => {
    const histogram = createDurationHistogram();
    histogram.record(1);
    const before = histogram.snapshot();
    histogram.record(2.5);
    expect(before).toEqual({ counts: new Map([[40, 1]]), count: 1, sumMs: 1 });
    expect(histogram.snapshot()).toMatchObject({ count: 2, sumMs: 3.5 });
  });
});
