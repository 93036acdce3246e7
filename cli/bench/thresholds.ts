import { CommandFailure } from '../program/command-failure.ts';
import { ExitCode } from '../program/exit-code.ts';
import { durationMs } from '../settings/duration.ts';
import type { BenchReport } from './bench-report.ts';

/** A condition under which a measurement counts as failed. */
export interface Threshold {
  /** As it was given. */
  readonly text: string;
  passedBy(report: BenchReport, before: BenchReport | undefined): boolean;
}

const shape = /^(min|mean|p50|p90|p95|p99|p999|max|throughput|errors)\s*([<>])\s*(\S+)$/;

/**
 * Reads `p99>20ms`, `throughput<1000`, `errors>0`, `errors>1%`, and with an earlier report `p99>1.2x`.
 *
 * @throws CommandFailure for what is none of these.
 */
export function parseThreshold(text: string): Threshold {
  const [, name, operator, limit] = shape.exec(text.trim()) ?? [];
  if (name === undefined || limit === undefined) throw unusable(text);
  const beyond = (value: number, than: number) => (operator === '>' ? value > than : value < than);
  const times = /^(\d+(?:\.\d+)?)x$/.exec(limit)?.[1];
  if (times !== undefined) {
    return {
      text,
      passedBy: (report, before) =>
        before !== undefined && beyond(figureOf(report, name), figureOf(before, name) * Number(times)),
    };
  }
  const percent = name === 'errors' ? /^(\d+(?:\.\d+)?)%$/.exec(limit)?.[1] : undefined;
  if (percent !== undefined) {
    return {
      text,
      passedBy: (report) =>
        beyond((100 * report.failed) / (report.calls + report.failed || 1), Number(percent)),
    };
  }
  const isCount = name === 'throughput' || name === 'errors';
  const than = isCount ? (/^\d+(\.\d+)?$/.test(limit) ? Number(limit) : undefined) : durationMs(limit);
  if (than === undefined) throw unusable(text);
  return { text, passedBy: (report) => beyond(figureOf(report, name), than) };
}

function figureOf({ latencyMs, throughput, failed }: BenchReport, name: string): number {
  if (name === 'throughput') return throughput;
  if (name === 'errors') return failed;
  return latencyMs[name as keyof BenchReport['latencyMs']];
}

function unusable(text: string): CommandFailure {
  return new CommandFailure({
    code: 'USAGE',
    exitCode: ExitCode.usage,
    what: `--fail-if "${text}" cannot be used`,
    why: 'it is one of min, mean, p50, p90, p95, p99, p999, max, throughput, errors; then > or <; then a limit',
    hint: "such as --fail-if 'p99>20ms', 'errors>0', 'errors>1%', 'throughput<1000', or with --compare 'p99>1.2x'",
  });
}
