/** Buckets per doubling: a percentile is at most 1.1 % too high. */
const perOctave = 64;

/** From one microsecond to more than an hour. */
const bucketCount = 32 * perOctave;

/** Counts durations in a memory that does not grow with them. */
export interface LatencyHistogram {
  readonly count: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly meanMs: number;
  record(durationMs: number): void;
  /** What the given part of all durations stays at or below; 0 when there are none. */
  percentileMs(part: number): number;
}

export function createLatencyHistogram(): LatencyHistogram {
  const counts = new Float64Array(bucketCount);
  let count = 0;
  let sumMs = 0;
  let minMs = Number.POSITIVE_INFINITY;
  let maxMs = 0;
  return {
    get count() {
      return count;
    },
    get minMs() {
      return count === 0 ? 0 : minMs;
    },
    get maxMs() {
      return maxMs;
    },
    get meanMs() {
      return count === 0 ? 0 : sumMs / count;
    },
    record(durationMs) {
      const bucket = Math.ceil(Math.log2(Math.max(1, durationMs * 1_000)) * perOctave);
      const index = Math.min(bucketCount - 1, bucket);
      counts[index] = (counts[index] ?? 0) + 1;
      count++;
      sumMs += durationMs;
      minMs = Math.min(minMs, durationMs);
      maxMs = Math.max(maxMs, durationMs);
    },
    percentileMs(part) {
      const rank = Math.ceil(part * count);
      let below = 0;
      for (const [bucket, inBucket] of counts.entries()) {
        below += inBucket;
        if (below >= rank && count > 0) return Math.min(maxMs, 2 ** (bucket / perOctave) / 1_000);
      }
      return 0;
    },
  };
}
