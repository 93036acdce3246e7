import type { Code, ConnectError } from '@connectrpc/connect';
import { createDurationHistogram, type Durations } from './duration-histogram.ts';

/** What calls of a method have come to in this process, as their caller saw them. */
export interface CallStats {
  /** Calls that ended, each counted once however often it was sent. */
  readonly calls: number;
  readonly errors: number;
  readonly errorsByCode: ReadonlyMap<Code, number>;
  /** Attempts after the first ones. */
  readonly retries: number;
  /** How often a stream had to wait for its worker to take what was sent. */
  readonly stalls: number;
  /** From the call to its outcome, retries and pauses included. */
  readonly durations: Durations;
}

/** Counts the calls of one method. */
export interface CallRecorder {
  ended(durationMs: number, error: ConnectError | undefined): void;
  retried(): void;
  stalled(): void;
  snapshot(): CallStats;
}

export function createCallRecorder(): CallRecorder {
  const durations = createDurationHistogram();
  const errorsByCode = new Map<Code, number>();
  let errors = 0;
  let retries = 0;
  let stalls = 0;
  return {
    ended(durationMs, error) {
      durations.record(durationMs);
      if (error === undefined) return;
      errors++;
      errorsByCode.set(error.code, (errorsByCode.get(error.code) ?? 0) + 1);
    },
    retried() {
      retries++;
    },
    stalled() {
      stalls++;
    },
    snapshot() {
      const all = durations.snapshot();
      return {
        calls: all.count,
        errors,
        errorsByCode: new Map(errorsByCode),
        retries,
        stalls,
        durations: all,
      };
    },
  };
}
