import { timestampDate } from '@bufbuild/protobuf/wkt';
import { SpanKind, SpanStatus } from '@busline/schemas/busline/traces/v1/traces';
import { SpanKind as ApiKind, context, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { fixedSampling } from '../../tracing/fixed-sampling.ts';
import type { RecordedSpan } from './recorded-span.ts';
import { spanMessage } from './span-message.ts';
import { createSpanRecorder } from './span-recorder.ts';

const origin = { service: 'orders', instance: '4f1c' };
const parent = trace.setSpanContext(context.active(), {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  traceFlags: TraceFlags.SAMPLED,
});

function recorded(record: (tracer: ReturnType<ReturnType<typeof createSpanRecorder>['getTracer']>) => void) {
  const spans: RecordedSpan[] = [];
  const sampling = fixedSampling({ ratio: 1, parentBased: true });
  record(createSpanRecorder(sampling, (span) => void spans.push(span)).getTracer('test'));
  return spans;
}

describe('spanMessage()', () => {
  it('says what a span was, in whole microseconds and as text', () => {
    const [span] = recorded((tracer) => {
      const open = tracer.startSpan('a', { kind: ApiKind.CLIENT, startTime: 1_999.9996 + 1.7e12 }, parent);
      open.setAttributes({ text: 'x', count: 3, list: ['a', 'b'], none: undefined });
      open.addEvent('retry', { attempt: 2 }, 1_001.5 + 1.7e12);
      open.addLink({ context: trace.getSpanContext(parent) as never, attributes: { why: 'because' } });
      open.setStatus({ code: SpanStatusCode.ERROR, message: 'no' });
      open.end(2_002.0096 + 1.7e12);
    });
    const message = spanMessage(span as RecordedSpan, origin);
    expect(message).toMatchObject({
      traceId: '0af7651916cd43dd8448eb211c80319c',
      parentSpanId: 'b7ad6b7169203331',
      name: 'a',
      kind: SpanKind.CLIENT,
      service: 'orders',
      instance: '4f1c',
      startTime: { seconds: 1_700_000_002n, nanos: 0 },
      duration: { seconds: 0n, nanos: 2_010_000 },
      status: SpanStatus.ERROR,
      statusMessage: 'no',
      attributes: { text: 'x', count: '3', list: '["a","b"]' },
      events: [{ name: 'retry', attributes: { attempt: '2' } }],
      links: [{ spanId: 'b7ad6b7169203331', attributes: { why: 'because' } }],
    });
    expect(message.spanId).toMatch(/^[0-9a-f]{16}$/);
    expect(message.attributes).not.toHaveProperty('none');
  });

  it('reads both clocks', () => {
    const [span] = recorded((tracer) =>
      tracer.startSpan('a', { startTime: performance.now() }).end(new Date()),
    );
    const message = spanMessage(span as RecordedSpan, origin);
    expect(Math.abs(timestampDate(message.startTime as never).getTime() - Date.now())).toBeLessThan(5_000);
    expect(message.parentSpanId).toBe('');
  });
});

describe('a recorded span', () => {
  it('is bounded', () => {
    const [span] = recorded((tracer) => {
      const open = tracer.startSpan('a');
      for (let at = 0; at < 500; at++) {
        open.setAttribute(`n${at}`, at);
        open.addEvent(`e${at}`);
        open.addLink({ context: open.spanContext() });
      }
      open.setAttribute('n1', 'x'.repeat(10_000));
      open.end();
    });
    expect(Object.keys(span?.attributes ?? {})).toHaveLength(128);
    expect(span?.attributes.n1).toHaveLength(4_096);
    expect([span?.events.length, span?.links.length]).toEqual([128, 128]);
  });

  it('stays as it ended, and ends once', () => {
    const spans = recorded((tracer) => {
      const open = tracer.startSpan('a');
      open.end();
      open.setAttribute('late', 1).updateName('b').setStatus({ code: SpanStatusCode.ERROR }).addEvent('late');
      open.end();
    });
    expect(spans).toHaveLength(1);
    expect(spans[0]).toMatchObject({ name: 'a', attributes: {}, events: [], status: { code: 0 } });
  });

  it('is not made where the trace is not sampled; its ids are passed on', () => {
    const unsampled = trace.setSpanContext(context.active(), {
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      traceFlags: TraceFlags.NONE,
    });
    const spans = recorded((tracer) => {
      const span = tracer.startSpan('a', {}, unsampled);
      expect(span.isRecording()).toBe(false);
      expect(span.spanContext()).toMatchObject({
        traceId: '0af7651916cd43dd8448eb211c80319c',
        traceFlags: 0,
      });
      span.end();
    });
    expect(spans).toEqual([]);
  });

  it('notes exceptions as events', () => {
    const [span] = recorded((tracer) => {
      const open = tracer.startSpan('a');
      open.recordException(new RangeError('too far'));
      open.recordException('just text');
      open.end();
    });
    expect(
      span?.events.map(({ name, attributes }) => [
        name,
        attributes['exception.type'],
        attributes['exception.message'],
      ]),
    ).toEqual([
      ['exception', 'RangeError', 'too far'],
      ['exception', 'Error', 'just text'],
    ]);
  });
});
