import type { DurationCounts } from './duration-histogram.ts';
import { bucketLimitMs } from './histogram-buckets.ts';

/** How many durations a histogram holds. */
export function countOf(histogram: DurationCounts): number {
  let count = 0;
  for (const inBucket of histogram.values()) count += inBucket;
  return count;
}

/**
 * The duration, in milliseconds, that the given part of all durations stays at or below: `percentileMs(histogram, 0.99)`
 * is p99. It is the limit of the bucket that the duration of that rank is in, so the true one is at most 16 % shorter, and
 * never longer. Undefined for a histogram without any.
 *
 * @param part above 0, at most 1
 */
export function percentileMs(histogram: DurationCounts, part: number): number | undefined {
  if (!(part > 0 && part <= 1)) throw new RangeError(`a percentile is above 0 and at most 1, not ${part}`);
  const rank = Math.ceil(part * countOf(histogram));
  let below = 0;
  for (const [bucket, count] of [...histogram].sort(([a], [b]) => a - b)) {
    below += count;
    if (below >= rank) return bucketLimitMs(bucket);
  }
  return undefined;
}
