import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { type Duration, DurationSchema, type Timestamp, TimestampSchema } from '@bufbuild/protobuf/wkt';
import {
  type Span,
  type SpanBatch,
  SpanBatchSchema,
  SpanSchema,
  SpanKind as WireKind,
  SpanStatus as WireStatus,
} from '@busline/schemas/busline/traces/v1/traces';
import { type Attributes, type AttributeValue, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { RecordedSpan } from './recorded-span.ts';

/** Who reports spans. */
export interface SpanOrigin {
  /** Name of the worker; `edge` for an edge. */
  readonly service: string;
  readonly instance: string;
}

/** Spans as they travel to the edges. */
export function spanBatch(
  spans: readonly RecordedSpan[],
  origin: SpanOrigin,
  droppedCount: number,
): SpanBatch {
  return create(SpanBatchSchema, {
    spans: spans.map((span) => spanMessage(span, origin)),
    droppedCount: BigInt(droppedCount),
  });
}

/** A span as edges keep it. */
export function spanMessage(span: RecordedSpan, { service, instance }: SpanOrigin): Span {
  const { traceId, spanId } = span.spanContext();
  const init: MessageInitShape<typeof SpanSchema> = {
    traceId,
    spanId,
    parentSpanId: span.parentSpanId ?? '',
    name: span.name,
    kind: kinds[span.kind],
    service,
    instance,
    startTime: timestamp(span.startMs),
    duration: duration(span.endMs - span.startMs),
    status: statuses[span.status.code],
    statusMessage: span.status.message ?? '',
    attributes: texts(span.attributes),
    events: span.events.map(({ name, timeMs, attributes }) => ({
      name,
      time: timestamp(timeMs),
      attributes: texts(attributes),
    })),
    links: span.links.map(({ context, attributes }) => ({
      traceId: context.traceId,
      spanId: context.spanId,
      attributes: texts(attributes ?? {}),
    })),
  };
  return create(SpanSchema, init);
}

const kinds: Readonly<Record<SpanKind, WireKind>> = {
  [SpanKind.INTERNAL]: WireKind.INTERNAL,
  [SpanKind.SERVER]: WireKind.SERVER,
  [SpanKind.CLIENT]: WireKind.CLIENT,
  [SpanKind.PRODUCER]: WireKind.PRODUCER,
  [SpanKind.CONSUMER]: WireKind.CONSUMER,
};

const statuses: Readonly<Record<SpanStatusCode, WireStatus>> = {
  [SpanStatusCode.UNSET]: WireStatus.UNSPECIFIED,
  [SpanStatusCode.OK]: WireStatus.OK,
  [SpanStatusCode.ERROR]: WireStatus.ERROR,
};

function timestamp(ms: number): Timestamp {
  return create(TimestampSchema, inSeconds(ms));
}

function duration(ms: number): Duration {
  return create(DurationSchema, inSeconds(ms));
}

/** In whole microseconds: more than that the clocks do not tell. */
function inSeconds(ms: number): { seconds: bigint; nanos: number } {
  const us = Math.round(ms * 1_000);
  return { seconds: BigInt(Math.floor(us / 1e6)), nanos: (us % 1e6) * 1_000 };
}

function texts(attributes: Attributes): Record<string, string> {
  const all: Record<string, string> = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) all[name] = text(value);
  }
  return all;
}

function text(value: AttributeValue): string {
  return Array.isArray(value) ? JSON.stringify(value) : String(value);
}
