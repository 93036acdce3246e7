import {
  type DurationCounts,
  mergeDurations,
  mergeStats,
  percentileMs,
  type ServiceStats,
} from '@busline/bus';
import type { SortKey } from './sort-keys.ts';

/** A row: an instance of a service, or a method of all its instances. The names are part of what `--json` promises. */
export interface Figures {
  readonly service: string;
  /** Of a row by method. */
  readonly method?: string;
  readonly instances?: number;
  /** Of a row by instance. */
  readonly worker?: string;
  readonly instance?: string;
  readonly version?: string;
  readonly startedAt?: string;
  readonly running?: number;
  readonly waiting?: number;
  readonly calls: number;
  readonly errors: number;
  readonly refused: number;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
}

export function instanceFigures(stats: readonly ServiceStats[]): Figures[] {
  return stats.map(({ service, worker, instance, version, startedAt, running, waiting, methods }) => {
    const sum = (count: (method: (typeof methods)[number]) => number) =>
      methods.reduce((total, method) => total + count(method), 0);
    return {
      service,
      worker,
      instance,
      version,
      startedAt,
      running,
      waiting,
      calls: sum(({ requests }) => requests),
      errors: sum(({ errors }) => errors),
      refused: sum(({ refused }) => refused),
      ...percentiles(mergeDurations(methods.map(({ handling }) => handling))),
    };
  });
}

export function methodFigures(stats: readonly ServiceStats[]): Figures[] {
  return mergeStats(stats).map(({ service, method, instances, requests, errors, refused, handling }) => ({
    service,
    method,
    instances,
    calls: requests,
    errors,
    refused,
    ...percentiles(handling),
  }));
}

function percentiles(histogram: DurationCounts): Pick<Figures, 'p50Ms' | 'p95Ms' | 'p99Ms'> {
  const at = (part: number) => percentileMs(histogram, part) ?? null;
  return { p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) };
}

const sortValues: Readonly<Record<SortKey, (figures: Figures) => number>> = {
  calls: ({ calls }) => calls,
  errors: ({ errors }) => errors,
  p50: ({ p50Ms }) => p50Ms ?? -1,
  p95: ({ p95Ms }) => p95Ms ?? -1,
  p99: ({ p99Ms }) => p99Ms ?? -1,
};

/** The largest first; as they are where nothing is said. */
export function sortFigures(figures: readonly Figures[], key: SortKey | undefined): Figures[] {
  if (key === undefined) return [...figures];
  const value = sortValues[key];
  return figures.toSorted((a, b) => value(b) - value(a));
}
