/** What a method has done in this process since it started (ADR-32 STATS, and a histogram of ours). */
export interface MethodStats {
  /** Calls whose handler ended, whatever its outcome. */
  readonly requests: number;
  /** Those of them that ended in an error. */
  readonly errors: number;
  /** Calls refused before their handler ran: queue full, waited too long, malformed, invalid. */
  readonly refused: number;
  /** `<code>:<message>` of the last error, empty if there was none. */
  readonly lastError: string;
  /** Time in handlers, in nanoseconds, from start to settlement. */
  readonly processingTimeNs: number;
  /**
   * Counts of durations by bucket, sparse. Bucket `i` holds durations up to `2^(i/4)` microseconds, so that
   * histograms of several instances merge by adding and a percentile is off by at most 19 %.
   */
  readonly histogram: ReadonlyMap<number, number>;
}

export interface MethodRecorder {
  /** Notes the end of a handler. */
  ran(durationMs: number, error: string | undefined): void;
  /** Notes a refusal. */
  refused(error: string): void;
  snapshot(): MethodStats;
}

const bucketsPerOctave = 4;

/** Up to 2^32 microseconds, over an hour; the last bucket takes whatever is longer. */
const bucketCount = 32 * bucketsPerOctave;

export function createMethodRecorder(): MethodRecorder {
  const histogram = new Uint32Array(bucketCount);
  let requests = 0;
  let errors = 0;
  let refused = 0;
  let lastError = '';
  let processingTimeNs = 0;
  return {
    ran(durationMs, error) {
      requests++;
      processingTimeNs += durationMs * 1e6;
      const bucket = histogramBucket(durationMs);
      histogram[bucket] = (histogram[bucket] ?? 0) + 1;
      if (error === undefined) return;
      errors++;
      lastError = error;
    },
    refused(error) {
      refused++;
      lastError = error;
    },
    snapshot: () => ({
      requests,
      errors,
      refused,
      lastError,
      processingTimeNs: Math.round(processingTimeNs),
      histogram: new Map([...histogram.entries()].filter(([, count]) => count > 0)),
    }),
  };
}

/** Bucket of a duration: the smallest `i ≥ 0` with `2^(i/4)` µs at or above it. */
export function histogramBucket(durationMs: number): number {
  if (durationMs <= 0.001) return 0;
  return Math.min(bucketCount - 1, Math.ceil(Math.log2(durationMs * 1000) * bucketsPerOctave));
}
