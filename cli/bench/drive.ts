import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { createLatencyHistogram, type LatencyHistogram } from './latency-histogram.ts';

export interface DriveOptions {
  /** Calls under way at once, at most. */
  readonly concurrency: number;
  readonly durationMs: number;
  /** What is not counted, before that. */
  readonly warmupMs: number;
  /** Calls a second, however long they take. Undefined: the next call is made when one is answered. */
  readonly rate: number | undefined;
  readonly signal: AbortSignal;
}

/** What calls came to. */
export interface Driven {
  readonly latency: LatencyHistogram;
  /** Calls that failed, by what they failed with. */
  readonly errors: ReadonlyMap<string, number>;
  readonly seconds: number;
  /** With a rate: how late a call was made at most, because all others were under way, in milliseconds. */
  readonly maxLateMs: number;
}

/** Timers are a millisecond off: what is left is waited for in turns of the event loop. */
const timerMs = 2;

/**
 * Makes calls, and measures them. With a rate, a call's time begins when it was to be made: when everything is stuck, what
 * could not be made meanwhile counts with all of its delay, as for those who would have called.
 *
 * @param failureOf what a failure is counted as
 */
export async function drive(
  call: () => Promise<unknown>,
  failureOf: (error: unknown) => string,
  { concurrency, durationMs, warmupMs, rate, signal }: DriveOptions,
): Promise<Driven> {
  const latency = createLatencyHistogram();
  const errors = new Map<string, number>();
  const startMs = performance.now();
  const countFromMs = startMs + warmupMs;
  const endMs = countFromMs + durationMs;
  // What was to be made within the time is made after it, too, as long as that ends.
  const giveUpMs = endMs + durationMs;
  let next = 0;
  let maxLateMs = 0;
  let lastMs = countFromMs;

  const caller = async (): Promise<void> => {
    for (;;) {
      const intendedMs = rate === undefined ? performance.now() : startMs + (next++ * 1_000) / rate;
      if (intendedMs >= endMs || signal.aborted || performance.now() >= giveUpMs) return;
      if (rate !== undefined) await until(intendedMs, signal);
      const sentMs = performance.now();
      let failure: string | undefined;
      try {
        await call();
      } catch (error) {
        failure = failureOf(error);
      }
      const nowMs = performance.now();
      if (intendedMs < countFromMs || signal.aborted) continue;
      lastMs = Math.max(lastMs, nowMs);
      if (rate !== undefined) maxLateMs = Math.max(maxLateMs, sentMs - intendedMs);
      if (failure === undefined) latency.record(nowMs - intendedMs);
      else errors.set(failure, (errors.get(failure) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, caller));
  return { latency, errors, seconds: Math.max(0, lastMs - countFromMs) / 1_000, maxLateMs };
}

async function until(timeMs: number, signal: AbortSignal): Promise<void> {
  for (;;) {
    const leftMs = timeMs - performance.now();
    if (leftMs <= 0 || signal.aborted) return;
    if (leftMs > timerMs) await delay(leftMs - timerMs, undefined, { signal }).catch(() => {});
    else await nextTurn();
  }
}
