import { bucketCount, histogramBucket } from './histogram-buckets.ts';

/** Counts of durations by bucket, sparse: see `histogramBucket`. */
export type DurationCounts = ReadonlyMap<number, number>;

/** Durations that were recorded up to a moment. */
export interface Durations {
  readonly counts: DurationCounts;
  readonly count: number;
  readonly sumMs: number;
}

/** Counts durations. */
export interface DurationHistogram {
  record(durationMs: number): void;
  snapshot(): Durations;
}

export function createDurationHistogram(): DurationHistogram {
  // Half a KiB for each, whatever it counts.
  const buckets = new Uint32Array(bucketCount);
  let count = 0;
  let sumMs = 0;
  return {
    record(durationMs) {
      const bucket = histogramBucket(durationMs);
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
      count++;
      sumMs += durationMs;
    },
    snapshot() {
      const counts = new Map<number, number>();
      for (let bucket = 0; bucket < bucketCount; bucket++) {
        const inBucket = buckets[bucket] as number;
        if (inBucket > 0) counts.set(bucket, inBucket);
      }
      return { counts, count, sumMs };
    },
  };
}
