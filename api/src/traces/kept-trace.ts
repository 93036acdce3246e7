import { create } from '@bufbuild/protobuf';
import { durationMs, type Timestamp, timestampMs } from '@bufbuild/protobuf/wkt';
import {
  type Span,
  SpanStatus,
  type TraceSummary,
  TraceSummarySchema,
} from '@busline/schemas/busline/traces/v1/traces';

/** Most spans of one trace. A handler that makes a million calls must not push all else out. */
export const maxSpans = 2_000;

/** A trace as far as it has arrived. */
export interface KeptTrace {
  readonly traceId: string;
  /** Each behind the one it is part of, however the clocks of their processes differ; otherwise by the time they began. */
  readonly spans: readonly Span[];
  /** Memory it takes, in bytes, estimated. */
  readonly bytes: number;
  readonly summary: TraceSummary;
  /** Adds a span; false when there are too many, or it is there already. */
  add(span: Span): boolean;
}

export function createKeptTrace(traceId: string): KeptTrace {
  const byId = new Map<string, Span>();
  let sorted: readonly Span[] | undefined;
  let summary: TraceSummary | undefined;
  let bytes = 512;
  const spans = (): readonly Span[] => {
    sorted ??= inOrder(byId);
    return sorted;
  };
  return {
    traceId,
    get spans() {
      return spans();
    },
    get bytes() {
      return bytes;
    },
    get summary() {
      summary ??= summarize(traceId, spans());
      return summary;
    },
    add(span) {
      if (byId.size >= maxSpans || byId.has(span.spanId)) return false;
      byId.set(span.spanId, span);
      bytes += bytesOf(span);
      sorted = undefined;
      summary = undefined;
      return true;
    },
  };
}

function inOrder(byId: ReadonlyMap<string, Span>): Span[] {
  const byTime = [...byId.values()].sort((a, b) => startMs(a) - startMs(b));
  const parts = Map.groupBy(byTime, ({ parentSpanId }) => (byId.has(parentSpanId) ? parentSpanId : ''));
  const ordered: Span[] = [];
  // A stack: whoever sends spans decides how deep they are.
  const next = (parts.get('') ?? []).toReversed();
  for (let span = next.pop(); span !== undefined; span = next.pop()) {
    ordered.push(span);
    next.push(...(parts.get(span.spanId) ?? []).toReversed());
  }
  // What is part of itself, in a circle, hangs on nothing.
  if (ordered.length < byTime.length) {
    const placed = new Set(ordered);
    ordered.push(...byTime.filter((span) => !placed.has(span)));
  }
  return ordered;
}

/** The span that all others are part of: the one without a parent, else the earliest. */
export function firstSpan(spans: readonly Span[]): Span | undefined {
  return spans.find(({ parentSpanId }) => parentSpanId === '') ?? spans[0];
}

function summarize(traceId: string, spans: readonly Span[]): TraceSummary {
  const first = firstSpan(spans);
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const errors = spans.filter(({ status }) => status === SpanStatus.ERROR);
  const begin = Math.min(...spans.map(startMs));
  const end = Math.max(begin, ...spans.map(endMs));
  return create(TraceSummarySchema, {
    traceId,
    name: first?.name ?? '',
    service: first?.service ?? '',
    ...(first?.startTime !== undefined && { startTime: first.startTime }),
    duration: micros(end - begin),
    ...(first?.duration !== undefined && { rootDuration: first.duration }),
    spanCount: spans.length,
    errorCount: errors.length,
    status: first?.status === SpanStatus.ERROR ? SpanStatus.ERROR : SpanStatus.OK,
    services: [...new Set(spans.map(({ service }) => service))],
    connected: spans.every((span) => span === first || ids.has(span.parentSpanId)),
  });
}

export function startMs({ startTime }: Span): number {
  return timeMs(startTime);
}

/** With its fractions, which `timestampMs` cuts off. */
function timeMs(time: Timestamp | undefined): number {
  return time === undefined ? 0 : timestampMs(time) + (time.nanos % 1e6) / 1e6;
}

export function rootDurationMs({ rootDuration }: TraceSummary): number {
  return rootDuration === undefined ? 0 : durationMs(rootDuration);
}

function endMs(span: Span): number {
  const { duration } = span;
  return startMs(span) + (duration === undefined ? 0 : Number(duration.seconds) * 1e3 + duration.nanos / 1e6);
}

function micros(ms: number): { seconds: bigint; nanos: number } {
  const us = Math.round(ms * 1e3);
  return { seconds: BigInt(Math.floor(us / 1e6)), nanos: (us % 1e6) * 1e3 };
}

/**
 * Objects of V8 and two bytes for each character: more than it takes for the most part, so that the limit holds. What one
 * of a real span took in the heap was measured at 0.6 to 0.9 of this.
 */
function bytesOf(span: Span): number {
  const { name, statusMessage, service, instance, events, links } = span;
  let bytes = 900 + 2 * (name.length + statusMessage.length + service.length + instance.length);
  bytes += entryBytes(span.attributes);
  for (const event of events) bytes += 300 + 2 * event.name.length + entryBytes(event.attributes);
  for (const link of links) bytes += 300 + entryBytes(link.attributes);
  return bytes;
}

function entryBytes(attributes: Readonly<Record<string, string>>): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(attributes)) bytes += 64 + 2 * (name.length + value.length);
  return bytes;
}
