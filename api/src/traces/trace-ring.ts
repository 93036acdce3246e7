import { countOf, type DurationCounts, histogramBucket, percentileMs } from '@busline/bus';
import type { SpanBatch } from '@busline/schemas/busline/traces/v1/traces';
import { createKeptTrace, type KeptTrace, rootDurationMs } from './kept-trace.ts';

export interface TraceRingLimits {
  /** Traces kept. */
  readonly maxTraces: number;
  /** Memory they may take, in bytes. */
  readonly maxBytes: number;
}

/** A few minutes at a hundred a second, hours by hand; and what an edge can spare. */
export const defaultRingLimits: TraceRingLimits = { maxTraces: 2_000, maxBytes: 64 * 1024 * 1024 };

/** The last traces. What failed and what was slow stays longest. */
export interface TraceRing {
  add(batch: SpanBatch): void;
  get(traceId: string): KeptTrace | undefined;
  /** In no order. */
  traces(): Iterable<KeptTrace>;
  readonly size: number;
  readonly bytes: number;
  /** Traces that had to make room. */
  readonly evicted: number;
  /** Spans that were dropped, on their way or here. */
  readonly droppedSpans: number;
}

/** Which part of all traces counts as slow. */
const slowPart = 0.05;
/** Traces before anything counts as slow. */
const fewest = 40;
/** Part of the limits that failed and slow traces may take before they make room themselves: an outage must not hide what comes after it. */
const preciousPart = 0.5;

export function createTraceRing(limits: TraceRingLimits = defaultRingLimits): TraceRing {
  // Each in the order in which traces were first heard of.
  const ordinary = new Map<string, KeptTrace>();
  const precious = new Map<string, KeptTrace>();
  const slowness = createSlowness();
  let bytes = 0;
  let preciousBytes = 0;
  let evicted = 0;
  let droppedSpans = 0;

  const evictFrom = (traces: Map<string, KeptTrace>): boolean => {
    const [oldest] = traces.values();
    if (oldest === undefined) return false;
    traces.delete(oldest.traceId);
    bytes -= oldest.bytes;
    if (traces === precious) preciousBytes -= oldest.bytes;
    evicted++;
    return true;
  };
  const makeRoom = (): void => {
    while (ordinary.size + precious.size > limits.maxTraces || bytes > limits.maxBytes) {
      const tooPrecious =
        precious.size > limits.maxTraces * preciousPart || preciousBytes > limits.maxBytes * preciousPart;
      const [first, second] = tooPrecious ? [precious, ordinary] : [ordinary, precious];
      if (!evictFrom(first) && !evictFrom(second)) return;
    }
  };
  const promote = (trace: KeptTrace): void => {
    if (!ordinary.delete(trace.traceId)) return;
    precious.set(trace.traceId, trace);
    preciousBytes += trace.bytes;
  };

  return {
    add({ spans, droppedCount }) {
      droppedSpans += Number(droppedCount);
      const changed = new Set<KeptTrace>();
      for (const span of spans) {
        let trace = ordinary.get(span.traceId) ?? precious.get(span.traceId);
        if (trace === undefined) {
          trace = createKeptTrace(span.traceId);
          ordinary.set(span.traceId, trace);
          bytes += trace.bytes;
        }
        const before = trace.bytes;
        if (!trace.add(span)) {
          droppedSpans++;
          continue;
        }
        bytes += trace.bytes - before;
        if (precious.has(trace.traceId)) preciousBytes += trace.bytes - before;
        changed.add(trace);
      }
      for (const trace of changed) {
        const { summary } = trace;
        const complete = trace.spans.some(({ parentSpanId }) => parentSpanId === '');
        if (summary.errorCount > 0 || (complete && slowness.isSlow(trace.traceId, rootDurationMs(summary))))
          promote(trace);
      }
      makeRoom();
    },
    get: (traceId) => ordinary.get(traceId) ?? precious.get(traceId),
    *traces() {
      yield* ordinary.values();
      yield* precious.values();
    },
    get size() {
      return ordinary.size + precious.size;
    },
    get bytes() {
      return bytes;
    },
    get evicted() {
      return evicted;
    },
    get droppedSpans() {
      return droppedSpans;
    },
  };
}

/** Tells which traces belong to the slowest, by all that came before. */
function createSlowness(): { isSlow(traceId: string, durationMs: number): boolean } {
  const counts = new Map<number, number>();
  let last = '';
  return {
    isSlow(traceId, durationMs) {
      const limitMs = slowLimitMs(counts);
      // Its spans come in several batches; it counts once, as long as they come one after another.
      if (traceId !== last) {
        const bucket = histogramBucket(durationMs);
        counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
        last = traceId;
      }
      return durationMs > limitMs;
    },
  };
}

function slowLimitMs(counts: DurationCounts): number {
  if (countOf(counts) < fewest) return Number.POSITIVE_INFINITY;
  return percentileMs(counts, 1 - slowPart) ?? Number.POSITIVE_INFINITY;
}
