import type { DurationCounts } from './duration-histogram.ts';

/** The counts of several histograms together: of all instances of a method, for example. Nothing is lost by it. */
export function mergeDurations(histograms: Iterable<DurationCounts>): DurationCounts {
  const merged = new Map<number, number>();
  for (const histogram of histograms) {
    for (const [bucket, count] of histogram) merged.set(bucket, (merged.get(bucket) ?? 0) + count);
  }
  return merged;
}

/** What was counted between two snapshots of one histogram. */
export function durationsSince(before: DurationCounts, after: DurationCounts): DurationCounts {
  const since = new Map<number, number>();
  for (const [bucket, count] of after) {
    const more = count - (before.get(bucket) ?? 0);
    if (more > 0) since.set(bucket, more);
  }
  return since;
}
