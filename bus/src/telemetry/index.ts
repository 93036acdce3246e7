export { createDurationHistogram, type DurationHistogram } from '../metrics/duration-histogram.ts';
export type { MetricFamily } from '../metrics/metric-family.ts';
export { prometheusName } from '../metrics/prometheus-text.ts';
export { openProcessMetrics, type ProcessMetrics } from './process-metrics.ts';
export {
  type MetricSources,
  startTelemetry,
  type Telemetry,
  type TelemetryOptions,
} from './start-telemetry.ts';
