import type { DurationCounts } from '../metrics/duration-histogram.ts';
import { durationsSince, mergeDurations } from '../metrics/merge-durations.ts';
import type { MethodCounts, ServiceStats } from './service-stats.ts';

/** What all instances together have counted of a method. */
export interface MethodTotals extends Omit<MethodCounts, 'lastError'> {
  /** Full name of the service. */
  readonly service: string;
  /** Instances that were added up. */
  readonly instances: number;
}

/** Adds up what instances say, by method. The histograms stay exact: p99 of a fleet is that of all its calls. */
export function mergeStats(stats: Iterable<ServiceStats>): MethodTotals[] {
  const byName = new Map<string, MethodTotals>();
  for (const { service, methods } of stats) {
    for (const counts of methods) {
      const name = `${service}/${counts.method}`;
      const before = byName.get(name);
      byName.set(name, before === undefined ? firstOf(service, counts) : added(before, counts));
    }
  }
  return [...byName.values()];
}

/**
 * What an instance has counted since `before`, an earlier answer of the same one; all of it where that is of another
 * instance, or of a process before this one.
 */
export function statsSince(before: ServiceStats | undefined, after: ServiceStats): ServiceStats {
  if (before?.instance !== after.instance || before.startedAt !== after.startedAt) return after;
  const earlier = new Map(before.methods.map((counts) => [counts.method, counts]));
  const methods = after.methods.map((counts) => subtracted(counts, earlier.get(counts.method)));
  return { ...after, methods };
}

function firstOf(service: string, { lastError: _, ...counts }: MethodCounts): MethodTotals {
  return { ...counts, service, instances: 1 };
}

function added(totals: MethodTotals, counts: MethodCounts): MethodTotals {
  return {
    ...totals,
    instances: totals.instances + 1,
    requests: totals.requests + counts.requests,
    errors: totals.errors + counts.errors,
    refused: totals.refused + counts.refused,
    stalls: totals.stalls + counts.stalls,
    errorsByCode: summed(totals.errorsByCode, counts.errorsByCode),
    handling: mergeDurations([totals.handling, counts.handling]),
    queueing: mergeDurations([totals.queueing, counts.queueing]),
  };
}

function subtracted(counts: MethodCounts, before: MethodCounts | undefined): MethodCounts {
  if (before === undefined) return counts;
  const since = (after: DurationCounts, earlier: DurationCounts) => durationsSince(earlier, after);
  return {
    ...counts,
    requests: counts.requests - before.requests,
    errors: counts.errors - before.errors,
    refused: counts.refused - before.refused,
    stalls: counts.stalls - before.stalls,
    errorsByCode: new Map(
      [...counts.errorsByCode].map(([code, count]) => [code, count - (before.errorsByCode.get(code) ?? 0)]),
    ),
    handling: since(counts.handling, before.handling),
    queueing: since(counts.queueing, before.queueing),
  };
}

function summed(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const sum = new Map(a);
  for (const [code, count] of b) sum.set(code, (sum.get(code) ?? 0) + count);
  return sum;
}
