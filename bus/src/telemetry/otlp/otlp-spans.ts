import type { HrTime } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { RecordedSpan } from '../spans/recorded-span.ts';
import type { SpanSink } from '../spans/span-buffer.ts';

/** Sends spans to a collector by OTLP over HTTP, as `OTEL_EXPORTER_OTLP_…` says; the library reads these itself. */
export interface OtlpSpans extends SpanSink {
  /** Waits for what is on its way, at most as long as the exporter's own timeout, 10 s unless `OTEL_EXPORTER_OTLP_TIMEOUT` says otherwise. */
  stop(): Promise<void>;
}

export function openOtlpSpans(resource: Resource): OtlpSpans {
  const exporter = new OTLPTraceExporter();
  return {
    take: (spans) =>
      new Promise((resolve, reject) => {
        exporter.export(
          spans.map((span) => readableSpan(span, resource)),
          ({ error }) => {
            if (error === undefined) resolve();
            else reject(error);
          },
        );
      }),
    stop: () => exporter.shutdown(),
  };
}

const scope = { name: '@busline/bus' };

/** A span in the shape that OpenTelemetry's exporters take. */
function readableSpan(span: RecordedSpan, resource: Resource): ReadableSpan {
  const { spanId: _, ...own } = span.spanContext();
  return {
    name: span.name,
    kind: span.kind,
    spanContext: () => span.spanContext(),
    ...(span.parentSpanId !== undefined && {
      parentSpanContext: { ...own, spanId: span.parentSpanId },
    }),
    startTime: hrTime(span.startMs),
    endTime: hrTime(span.endMs),
    duration: hrTime(span.endMs - span.startMs),
    status: span.status,
    attributes: span.attributes,
    links: span.links,
    events: span.events.map(({ name, timeMs, attributes }) => ({ name, time: hrTime(timeMs), attributes })),
    ended: true,
    resource,
    instrumentationScope: scope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function hrTime(ms: number): HrTime {
  const us = Math.round(ms * 1_000);
  return [Math.floor(us / 1e6), (us % 1e6) * 1_000];
}
