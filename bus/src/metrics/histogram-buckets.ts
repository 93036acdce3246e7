/**
 * Buckets of durations, the same in every process: bucket `i` holds durations above `2^((i-1)/4)` and up to `2^(i/4)`
 * microseconds. So histograms of any number of instances merge by adding, and whatever is read from them is off by at most
 * 19 %.
 */
export const bucketsPerOctave = 4;

/** Up to 2^32 microseconds, over an hour; the last bucket takes whatever is longer. */
export const bucketCount = 32 * bucketsPerOctave;

/** Limits in microseconds: what is looked up is no logarithm at each call, which took 20 ns and more. */
const limitsUs = Float64Array.from({ length: bucketCount }, (_, bucket) => 2 ** (bucket / bucketsPerOctave));

/** Bucket of a duration in milliseconds: the smallest `i ≥ 0` with `2^(i/4)` µs at or above it. */
export function histogramBucket(durationMs: number): number {
  const us = durationMs * 1000;
  if (!(us > 1)) return 0;
  if (us >= 2 ** 31) return Math.min(bucketCount - 1, Math.ceil(Math.log2(us) * bucketsPerOctave));
  // From the octave below on: at most five steps.
  let bucket = (31 - Math.clz32(us)) * bucketsPerOctave;
  while ((limitsUs[bucket] as number) < us) bucket++;
  return bucket;
}

/** Longest duration of a bucket, in milliseconds. */
export function bucketLimitMs(bucket: number): number {
  return 2 ** (bucket / bucketsPerOctave) / 1000;
}
