import { describe, expect, it, vi } from 'vitest';
import { fixedSampling } from '../../tracing/fixed-sampling.ts';
import type { RecordedSpan } from './recorded-span.ts';
import { createSpanBuffer } from './span-buffer.ts';
import { createSpanRecorder } from './span-recorder.ts';

function spansOf(count: number): RecordedSpan[] {
  const spans: RecordedSpan[] = [];
  const sampling = fixedSampling({ ratio: 1, parentBased: true });
  const tracer = createSpanRecorder(sampling, (span) => void spans.push(span)).getTracer('test');
  for (let at = 0; at < count; at++) tracer.startSpan(String(at)).end();
  return spans;
}

/** A sink that notes how many spans came with each batch, and how many were dropped before it. */
function notingSink() {
  const batches: [spans: number, dropped: number][] = [];
  return {
    batches,
    take: (spans: readonly RecordedSpan[], dropped: number) => void batches.push([spans.length, dropped]),
  };
}

const unexpected = (error: unknown): void => {
  throw error;
};

describe('createSpanBuffer()', () => {
  it('hands spans over in batches, and what waits when it is flushed', async () => {
    const buffer = createSpanBuffer(unexpected);
    const sink = notingSink();
    buffer.connect(sink);
    for (const span of spansOf(300)) buffer.add(span);
    await buffer.flush();
    expect(sink.batches).toEqual([
      [256, 0],
      [44, 0],
    ]);
  });

  it('keeps what ends before there is a sink, up to its limit, and says what it dropped', async () => {
    const buffer = createSpanBuffer(unexpected);
    for (const span of spansOf(2_100)) buffer.add(span);
    const sink = notingSink();
    buffer.connect(sink);
    await buffer.flush();
    expect(sink.batches).toHaveLength(8);
    expect(sink.batches.reduce((sum, [spans]) => sum + spans, 0)).toBe(2_048);
    expect(sink.batches.reduce((sum, [, dropped]) => sum + dropped, 0)).toBe(52);
  });

  it('does not let one sink that fails keep spans from another', async () => {
    const onError = vi.fn();
    const buffer = createSpanBuffer(onError);
    const failure = new Error('nobody there');
    buffer.connect({ take: () => Promise.reject(failure) });
    const sink = notingSink();
    buffer.connect(sink);
    for (const span of spansOf(1)) buffer.add(span);
    await buffer.flush();
    expect(sink.batches).toEqual([[1, 0]]);
    expect(onError).toHaveBeenCalledExactlyOnceWith(failure);
  });

  it('sends a batch by itself before long', async () => {
    vi.useFakeTimers();
    try {
      const buffer = createSpanBuffer(unexpected);
      const sink = notingSink();
      buffer.connect(sink);
      for (const span of spansOf(1)) buffer.add(span);
      expect(sink.batches).toEqual([]);
      vi.advanceTimersByTime(250);
      expect(sink.batches).toEqual([[1, 0]]);
    } finally {
      vi.useRealTimers();
    }
  });
});
