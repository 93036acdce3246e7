import { type HrTime, ValueType } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import type { Resource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  DataPointType,
  MeterProvider,
  type MetricData,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import type { Durations } from '../../metrics/duration-histogram.ts';
import { bucketCount, bucketLimitMs } from '../../metrics/histogram-buckets.ts';
import type { MetricFamily } from '../../metrics/metric-family.ts';

/** Sends metrics to a collector now and then, by OTLP over HTTP. */
export interface OtlpMetrics {
  /** Sends them once more, and ends. */
  stop(): Promise<void>;
}

export interface OtlpMetricsOptions {
  readonly resource: Resource;
  /** Between exports, in milliseconds: `OTEL_METRIC_EXPORT_INTERVAL`. */
  readonly intervalMs: number;
  collect(): Promise<readonly MetricFamily[]>;
}

export function openOtlpMetrics({ resource, intervalMs, collect }: OtlpMetricsOptions): OtlpMetrics {
  const startTime = hrTime(Date.now());
  const reader = new PeriodicExportingMetricReader({
    exporter: new OTLPMetricExporter(),
    exportIntervalMillis: intervalMs,
    exportTimeoutMillis: Math.min(intervalMs, 30_000),
    metricProducers: [
      {
        async collect() {
          const endTime = hrTime(Date.now());
          const metrics = (await collect()).map((family) => metricData(family, { startTime, endTime }));
          return {
            resourceMetrics: { resource, scopeMetrics: [{ scope: { name: '@busline/bus' }, metrics }] },
            errors: [],
          };
        },
      },
    ],
  });
  const provider = new MeterProvider({ resource, readers: [reader] });
  return { stop: () => provider.shutdown() };
}

interface Span {
  readonly startTime: HrTime;
  readonly endTime: HrTime;
}

/** A family in the shape that OpenTelemetry's exporters take. Its histograms keep the limits that they were recorded with. */
export function metricData(family: MetricFamily, { startTime, endTime }: Span): MetricData {
  const unit = family.kind === 'durations' ? 's' : (family.unit ?? '1');
  const head = {
    descriptor: { name: family.name, description: family.help, unit, valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  if (family.kind === 'durations') {
    const dataPoints = family.points.map(({ labels, durations }) => ({
      startTime,
      endTime,
      attributes: labels,
      value: histogram(durations),
    }));
    return { ...head, dataPointType: DataPointType.HISTOGRAM, dataPoints };
  }
  const dataPoints = family.points.map(({ labels, value }) => ({
    startTime,
    endTime,
    attributes: labels,
    value,
  }));
  if (family.kind === 'gauge') return { ...head, dataPointType: DataPointType.GAUGE, dataPoints };
  return { ...head, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints };
}

/** All limits, always: backends want those of a series to stay the same. The last bucket has none. */
const boundaries = Array.from({ length: bucketCount - 1 }, (_, bucket) => bucketLimitMs(bucket) / 1_000);

function histogram({ counts, count, sumMs }: Durations) {
  return {
    count,
    sum: sumMs / 1_000,
    buckets: {
      boundaries,
      counts: Array.from({ length: bucketCount }, (_, bucket) => counts.get(bucket) ?? 0),
    },
  };
}

function hrTime(ms: number): HrTime {
  return [Math.floor(ms / 1_000), (ms % 1_000) * 1e6];
}
