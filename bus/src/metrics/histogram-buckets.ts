/**
 * Buckets of durations, the same in every process: bucket `i` holds durations above `2^((i-1)/4)` and up to `2^(i/4)`
 * microseconds. So histograms of any number of instances merge by adding, and whatever is read from them is off by at most
 * 19 %.
 */
export const bucketsPerOctave = 4;

/** Up to 2^32 microseconds, over an hour; the last bucket takes whatever is longer. */
export const bucketCount = 32 * bucketsPerOctave;

/** Bucket of a duration in milliseconds: the smallest `i ≥ 0` with `2^(i/4)` µs at or above it. */
export function histogramBucket(durationMs: number): number {
  if (durationMs <= 0.001) return 0;
  return Math.min(bucketCount - 1, Math.ceil(Math.log2(durationMs * 1000) * bucketsPerOctave));
}

/** Longest duration of a bucket, in milliseconds. */
export function bucketLimitMs(bucket: number): number {
  return 2 ** (bucket / bucketsPerOctave) / 1000;
}
