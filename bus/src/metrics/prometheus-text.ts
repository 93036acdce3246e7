import { bucketLimitMs, bucketsPerOctave, histogramBucket } from './histogram-buckets.ts';
import type { DurationPoint, Labels, MetricFamily } from './metric-family.ts';

/** Media type of the text below (Prometheus exposition format 0.0.4). */
export const prometheusContentType = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * Limits of the buckets that are told: every half octave from 0.1 ms to 30 s. What is recorded is finer, and its counts fall
 * into these exactly; a hundred and more for each method would be more than a scraper likes.
 */
const toldBuckets: readonly number[] = range(
  roundToHalfOctave(histogramBucket(0.1)),
  roundToHalfOctave(histogramBucket(30_000)),
);

/** Metrics as Prometheus reads them. Names and labels have `_` for `.`, and the unit at the end. */
export function prometheusText(families: readonly MetricFamily[]): string {
  let text = '';
  for (const family of families) {
    if (family.points.length === 0) continue;
    const name = prometheusName(family);
    const type = family.kind === 'durations' ? 'histogram' : family.kind;
    text += `# HELP ${name} ${family.help}\n# TYPE ${name} ${type}\n`;
    if (family.kind === 'durations') for (const point of family.points) text += histogramLines(name, point);
    else for (const { labels, value } of family.points) text += `${name}${labelText(labels)} ${value}\n`;
  }
  return text;
}

/** What a family is called in Prometheus: `rpc_server_call_duration_seconds`. */
export function prometheusName(family: MetricFamily): string {
  const base = family.name.replaceAll('.', '_');
  const unit = family.kind === 'durations' ? 's' : family.unit;
  const suffix = unit === undefined ? '' : unit === 's' ? '_seconds' : '_bytes';
  return `${base}${suffix}${family.kind === 'counter' ? '_total' : ''}`;
}

function histogramLines(name: string, { labels, durations }: DurationPoint): string {
  const { counts, count, sumMs } = durations;
  const sorted = [...counts].sort(([a], [b]) => a - b);
  let lines = '';
  let at = 0;
  let below = 0;
  for (const bucket of toldBuckets) {
    for (; at < sorted.length; at++) {
      const [inBucket, counted] = sorted[at] as [number, number];
      if (inBucket > bucket) break;
      below += counted;
    }
    const le = (bucketLimitMs(bucket) / 1_000).toPrecision(4);
    lines += `${name}_bucket${labelText({ ...labels, le: String(Number(le)) })} ${below}\n`;
  }
  lines += `${name}_bucket${labelText({ ...labels, le: '+Inf' })} ${count}\n`;
  lines += `${name}_sum${labelText(labels)} ${sumMs / 1_000}\n`;
  return `${lines}${name}_count${labelText(labels)} ${count}\n`;
}

function labelText(labels: Labels): string {
  const entries = Object.entries(labels);
  if (entries.length === 0) return '';
  return `{${entries.map(([name, value]) => `${name.replaceAll('.', '_')}="${escaped(value)}"`).join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function roundToHalfOctave(bucket: number): number {
  const step = bucketsPerOctave / 2;
  return Math.round(bucket / step) * step;
}

function range(from: number, to: number): number[] {
  const step = bucketsPerOctave / 2;
  return Array.from({ length: (to - from) / step + 1 }, (_, at) => from + at * step);
}
