import type { Driven } from './drive.ts';

/** What a measurement came to. The names are part of what `--json` promises. */
export interface BenchReport {
  readonly method: string;
  readonly via: string;
  readonly concurrency: number;
  /** Calls a second that were asked for; null where each call waited for another. */
  readonly rate: number | null;
  readonly seconds: number;
  /** Calls that were answered. */
  readonly calls: number;
  readonly failed: number;
  /** Failures by code. */
  readonly errors: Readonly<Record<string, number>>;
  /** Answers a second. */
  readonly throughput: number;
  readonly maxLateMs: number;
  readonly latencyMs: {
    readonly min: number;
    readonly mean: number;
    readonly p50: number;
    readonly p90: number;
    readonly p95: number;
    readonly p99: number;
    readonly p999: number;
    readonly max: number;
  };
}

export function benchReport(
  { latency, errors, seconds, maxLateMs }: Driven,
  about: Pick<BenchReport, 'method' | 'via' | 'concurrency' | 'rate'>,
): BenchReport {
  const round = (ms: number) => Number(ms.toFixed(4));
  const at = (part: number) => round(latency.percentileMs(part));
  return {
    ...about,
    seconds: Number(seconds.toFixed(3)),
    calls: latency.count,
    failed: [...errors.values()].reduce((sum, count) => sum + count, 0),
    errors: Object.fromEntries(errors),
    throughput: seconds === 0 ? 0 : Number((latency.count / seconds).toFixed(1)),
    maxLateMs: round(maxLateMs),
    latencyMs: {
      min: round(latency.minMs),
      mean: round(latency.meanMs),
      p50: at(0.5),
      p90: at(0.9),
      p95: at(0.95),
      p99: at(0.99),
      p999: at(0.999),
      max: round(latency.maxMs),
    },
  };
}
