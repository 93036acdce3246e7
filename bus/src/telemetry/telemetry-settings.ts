import { fixedSampling } from '../tracing/fixed-sampling.ts';
import { rateLimitedSampling } from '../tracing/rate-limited-sampling.ts';
import type { Sampling } from '../tracing/sampling.ts';

/** What a process tells of itself, and to whom. */
export interface TelemetrySettings {
  /** Which traces are recorded. Undefined: none. */
  readonly sampling: Sampling | undefined;
  /** Whether spans go to a collector (OTLP), besides the edges. */
  readonly otlpTraces: boolean;
  /** Whether metrics go to a collector (OTLP). */
  readonly otlpMetrics: boolean;
  /** Time between two exports of metrics, in milliseconds: `OTEL_METRIC_EXPORT_INTERVAL`, default one minute as everywhere. */
  readonly otlpMetricsIntervalMs: number;
  /** Where metrics can be read (Prometheus). Undefined: nowhere. */
  readonly metrics: { readonly host: string; readonly port: number } | undefined;
}

/**
 * Traces that begin in a process in a second, unless told otherwise: more than one person makes by hand. A recorded span
 * costs some 10 µs (docs/telemetry.md), so this is about a thousandth of a core for each span of such a trace.
 */
const defaultRootsPerSecond = 100;
/** Failures that are recorded although their trace is not, in a second. */
const failuresPerSecond = 10;

/**
 * Reads the settings from environment variables: OpenTelemetry's own (`OTEL_SDK_DISABLED`, `OTEL_TRACES_SAMPLER` and its
 * argument, `OTEL_TRACES_EXPORTER`, `OTEL_METRICS_EXPORTER`, `OTEL_METRIC_EXPORT_INTERVAL`, `OTEL_EXPORTER_OTLP_…`), `BUSLINE_TRACES_PER_SECOND`,
 * `METRICS_PORT` and `METRICS_HOST`.
 *
 * @throws TypeError naming the variable
 */
export function readTelemetrySettings(env: Readonly<Record<string, string | undefined>>): TelemetrySettings {
  const disabled = env.OTEL_SDK_DISABLED?.toLowerCase() === 'true';
  const sampling = disabled ? undefined : readSampling(env);
  const otlp = (signal: 'TRACES' | 'METRICS'): boolean => !disabled && wantsOtlp(env, signal);
  return {
    sampling,
    otlpTraces: sampling !== undefined && otlp('TRACES'),
    otlpMetrics: otlp('METRICS'),
    otlpMetricsIntervalMs: Math.max(
      1,
      readNumber(env, 'OTEL_METRIC_EXPORT_INTERVAL', { standard: 60_000, max: 2 ** 31 - 1 }),
    ),
    metrics: readMetricsAddress(env),
  };
}

function readSampling(env: Readonly<Record<string, string | undefined>>): Sampling | undefined {
  const name = env.OTEL_TRACES_SAMPLER ?? '';
  if (name === '') {
    const rootsPerSecond = readNumber(env, 'BUSLINE_TRACES_PER_SECOND', {
      standard: defaultRootsPerSecond,
      max: 1_000_000,
    });
    return rateLimitedSampling({ rootsPerSecond, failuresPerSecond });
  }
  const parentBased = name.startsWith('parentbased_');
  switch (parentBased ? name.slice('parentbased_'.length) : name) {
    case 'always_on':
      return fixedSampling({ ratio: 1, parentBased });
    case 'always_off':
      return parentBased ? fixedSampling({ ratio: 0, parentBased }) : undefined;
    case 'traceidratio':
      return fixedSampling({
        ratio: readNumber(env, 'OTEL_TRACES_SAMPLER_ARG', { standard: 1, max: 1, fractions: true }),
        parentBased,
      });
    default:
      throw new TypeError(
        `OTEL_TRACES_SAMPLER must be always_on, always_off, traceidratio, or one of these behind parentbased_, not "${name}"`,
      );
  }
}

/** An exporter is named, or an address to export to is. */
function wantsOtlp(env: Readonly<Record<string, string | undefined>>, signal: 'TRACES' | 'METRICS'): boolean {
  const variable = `OTEL_${signal}_EXPORTER`;
  const exporter = env[variable] ?? '';
  if (exporter === 'none') return false;
  if (exporter === 'otlp') return true;
  if (exporter !== '') throw new TypeError(`${variable} must be otlp or none, not "${exporter}"`);
  return Boolean(env.OTEL_EXPORTER_OTLP_ENDPOINT || env[`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`]);
}

function readMetricsAddress(env: Readonly<Record<string, string | undefined>>): TelemetrySettings['metrics'] {
  if (!env.METRICS_PORT) return undefined;
  const port = readNumber(env, 'METRICS_PORT', { standard: 0, max: 65_535 });
  return { host: env.METRICS_HOST || '127.0.0.1', port };
}

function readNumber(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  { standard, max, fractions = false }: { standard: number; max: number; fractions?: boolean },
): number {
  const text = env[name];
  if (text === undefined || text === '') return standard;
  const value = Number(text);
  if (!(value >= 0 && value <= max) || (!fractions && !Number.isInteger(value))) {
    throw new TypeError(
      `${name} must be a ${fractions ? '' : 'whole '}number from 0 to ${max}, not "${text}"`,
    );
  }
  return value;
}
