import type { RecordedSpan } from './recorded-span.ts';

/** Takes spans that have ended, in batches. What it throws or rejects with is logged; the batch is lost then. */
export interface SpanSink {
  take(spans: readonly RecordedSpan[], droppedCount: number): void | Promise<void>;
}

export interface SpanBuffer {
  add(span: RecordedSpan): void;
  /** Begins to hand spans to `sink`, those that wait already too. */
  connect(sink: SpanSink): void;
  /** Hands over what there is, and waits until it has been taken. */
  flush(): Promise<void>;
}

/** Spans that wait for the next batch, at most. Those beyond are dropped, and counted. */
const maxWaiting = 2_048;
/** Spans of a batch, at most. */
const maxBatch = 256;
/** Longest time a span waits for its batch, in milliseconds. */
const flushAfterMs = 250;

/** Collects spans and hands them over in batches, all sinks the same ones. */
export function createSpanBuffer(onError: (error: unknown) => void): SpanBuffer {
  const sinks: SpanSink[] = [];
  let waiting: RecordedSpan[] = [];
  let dropped = 0;
  let timer: NodeJS.Timeout | undefined;

  const handOver = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    const spans = waiting;
    const droppedBefore = dropped;
    waiting = [];
    dropped = 0;
    const taking: Promise<void>[] = [];
    for (let at = 0; at < spans.length; at += maxBatch) {
      const batch = spans.slice(at, at + maxBatch);
      for (const sink of sinks) taking.push(takeGuarded(sink, batch, at === 0 ? droppedBefore : 0));
    }
    await Promise.all(taking);
  };
  const takeGuarded = async (
    sink: SpanSink,
    batch: readonly RecordedSpan[],
    droppedCount: number,
  ): Promise<void> => {
    try {
      await sink.take(batch, droppedCount);
    } catch (error) {
      onError(error);
    }
  };

  return {
    add(span) {
      if (waiting.length >= maxWaiting) {
        dropped++;
        return;
      }
      waiting.push(span);
      if (sinks.length === 0) return;
      if (waiting.length === maxBatch) void handOver();
      else timer ??= setTimeout(() => void handOver(), flushAfterMs).unref();
    },
    connect(sink) {
      sinks.push(sink);
      if (waiting.length > 0) timer ??= setTimeout(() => void handOver(), flushAfterMs).unref();
    },
    flush: handOver,
  };
}
