import type { Code, ConnectError } from '@connectrpc/connect';
import { createDurationHistogram, type Durations } from '../../metrics/duration-histogram.ts';

/** What a method has done in this process since it started (ADR-32 STATS, and histograms of ours). */
export interface MethodStats {
  /** Calls whose handler ended, whatever its outcome. */
  readonly requests: number;
  /** Those of them that ended in an error. */
  readonly errors: number;
  /** Those of them by their code. */
  readonly errorsByCode: ReadonlyMap<Code, number>;
  /** Calls refused before their handler ran: queue full, waited too long, malformed, invalid. */
  readonly refused: number;
  /** `<code>:<message>` of the last error, empty if there was none. */
  readonly lastError: string;
  /** Time in handlers, from start to settlement. */
  readonly handling: Durations;
  /** Time from the arrival of a call to the start of its handler. */
  readonly queueing: Durations;
  /** How often a handler that streams had to wait for its caller to take what was sent. */
  readonly stalls: number;
}

export interface MethodRecorder {
  /** Notes the end of a handler. */
  ran(durationMs: number, queuedMs: number, error: ConnectError | undefined): void;
  /** Notes a refusal. */
  refused(error: ConnectError): void;
  /** Notes that a stream stands still at the window of its caller. */
  stalled(): void;
  snapshot(): MethodStats;
}

export function createMethodRecorder(): MethodRecorder {
  const handling = createDurationHistogram();
  const queueing = createDurationHistogram();
  const errorsByCode = new Map<Code, number>();
  let errors = 0;
  let refused = 0;
  let stalls = 0;
  let lastError = '';
  return {
    ran(durationMs, queuedMs, error) {
      handling.record(durationMs);
      queueing.record(queuedMs);
      if (error === undefined) return;
      errors++;
      errorsByCode.set(error.code, (errorsByCode.get(error.code) ?? 0) + 1);
      lastError = describe(error);
    },
    refused(error) {
      refused++;
      lastError = describe(error);
    },
    stalled() {
      stalls++;
    },
    snapshot() {
      const handled = handling.snapshot();
      return {
        requests: handled.count,
        errors,
        errorsByCode: new Map(errorsByCode),
        refused,
        lastError,
        handling: handled,
        queueing: queueing.snapshot(),
        stalls,
      };
    },
  };
}

function describe(error: ConnectError): string {
  return `${error.code}:${error.rawMessage}`;
}
