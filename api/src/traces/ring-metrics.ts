import type { MetricFamily } from '@busline/bus/telemetry';
import type { TraceRing } from './trace-ring.ts';

/** What a ring tells of itself. */
export function ringMetrics(ring: TraceRing): MetricFamily[] {
  return [
    {
      kind: 'gauge',
      name: 'busline.traces.kept',
      help: 'Traces that the edge keeps.',
      points: [{ labels: {}, value: ring.size }],
    },
    {
      kind: 'gauge',
      name: 'busline.traces.memory',
      unit: 'By',
      help: 'Memory that they take, estimated.',
      points: [{ labels: {}, value: ring.bytes }],
    },
    {
      kind: 'counter',
      name: 'busline.traces.dropped_spans',
      help: 'Spans that were dropped on their way, or in a trace that had too many.',
      points: [{ labels: {}, value: ring.droppedSpans }],
    },
  ];
}
