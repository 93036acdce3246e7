import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import {
  ListTracesRequestSchema,
  type Span,
  SpanBatchSchema,
  SpanSchema,
  SpanStatus,
} from '@busline/schemas/busline/traces/v1/traces';
import { describe, expect, it } from 'vitest';
import { maxSpans } from './kept-trace.ts';
import { traceFilter } from './trace-filter.ts';
import { createTraceRing, type TraceRing } from './trace-ring.ts';

let ids = 0;

interface SpanFacts {
  readonly parent?: Span;
  readonly status?: SpanStatus;
  readonly durationMs?: number;
  readonly name?: string;
  readonly service?: string;
  readonly attributes?: Record<string, string>;
  readonly event?: string;
}

/** A span of a trace of its own, unless it has a parent. */
function span({ parent, status = SpanStatus.OK, durationMs = 1, event, ...facts }: SpanFacts = {}): Span {
  const spanId = (++ids).toString(16).padStart(16, '0');
  return create(SpanSchema, {
    traceId: parent?.traceId ?? spanId.padStart(32, '0'),
    spanId,
    parentSpanId: parent?.spanId ?? '',
    name: 'GET /v1/orders',
    service: 'edge',
    startTime: timestampFromMs(1_700_000_000_000 + ids),
    duration: { seconds: 0n, nanos: durationMs * 1e6 },
    status,
    events: event === undefined ? [] : [{ name: event }],
    ...facts,
  });
}

function add(ring: TraceRing, ...spans: Span[]): void {
  ring.add(create(SpanBatchSchema, { spans }));
}

const idsOf = (ring: TraceRing): string[] => [...ring.traces()].map(({ traceId }) => traceId);

/** What is alive: without a collection, the garbage of whatever ran before in this process counts too. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

describe('createTraceRing()', () => {
  it('keeps the last traces', () => {
    const ring = createTraceRing({ maxTraces: 3, maxBytes: 1e9 });
    const roots = Array.from({ length: 5 }, () => span());
    for (const root of roots) add(ring, root);
    expect(idsOf(ring)).toEqual(roots.slice(2).map(({ traceId }) => traceId));
    expect([ring.size, ring.evicted]).toEqual([3, 2]);
  });

  it('evicts what failed, and what was slow, last', () => {
    const ring = createTraceRing({ maxTraces: 60, maxBytes: 1e9 });
    for (let at = 0; at < 50; at++) add(ring, span());
    const failed = span({ status: SpanStatus.ERROR });
    const failedWithin = span();
    const slow = span({ durationMs: 900 });
    add(ring, failed, failedWithin, slow);
    add(ring, span({ parent: failedWithin, status: SpanStatus.ERROR }));
    for (let at = 0; at < 200; at++) add(ring, span());
    expect(ring.size).toBe(60);
    expect(idsOf(ring)).toEqual(
      expect.arrayContaining([failed, failedWithin, slow].map(({ traceId }) => traceId)),
    );
  });

  it('shows what comes after an outage, however much failed', () => {
    const ring = createTraceRing({ maxTraces: 10, maxBytes: 1e9 });
    for (let at = 0; at < 100; at++) add(ring, span({ status: SpanStatus.ERROR }));
    const after = [span(), span()];
    add(ring, ...after);
    expect(idsOf(ring)).toEqual(expect.arrayContaining(after.map(({ traceId }) => traceId)));
    expect(ring.size).toBe(10);
  });

  it('stays within its memory, and counts to nothing when all is gone', () => {
    const ring = createTraceRing({ maxTraces: 1_000, maxBytes: 100_000 });
    for (let at = 0; at < 500; at++) add(ring, span({ attributes: { text: 'x'.repeat(at) } }));
    expect(ring.bytes).toBeLessThanOrEqual(100_000);
    expect(ring.size).toBeGreaterThan(10);
    const kept = [...ring.traces()].reduce((sum, { bytes }) => sum + bytes, 0);
    expect(ring.bytes).toBe(kept);
  });

  it('takes the heap that it says, or less', () => {
    const ring = createTraceRing({ maxTraces: 20_000, maxBytes: 1e9 });
    const before = heapBytes();
    for (let at = 0; at < 5_000; at++) {
      const root = span({ attributes: { 'http.route': `/v1/orders/${at}`, 'http.request.method': 'GET' } });
      add(
        ring,
        root,
        span({ parent: root, attributes: { 'rpc.method': `orders.v1.OrderService/Get${at}` } }),
      );
    }
    expect(heapBytes() - before).toBeLessThan(ring.bytes * 1.3);
  });

  it('drops what comes twice, and the spans of a trace beyond its limit', () => {
    const ring = createTraceRing();
    const root = span();
    add(ring, root, root);
    for (let at = 0; at < maxSpans; at++) add(ring, span({ parent: root }));
    expect(ring.get(root.traceId)?.spans).toHaveLength(maxSpans);
    expect(ring.droppedSpans).toBe(2);
  });
});

describe('a kept trace', () => {
  it('is summed up, whatever the order its spans came in', () => {
    const ring = createTraceRing();
    const root = span({ durationMs: 30 });
    const call = span({ parent: root, service: 'orders', durationMs: 10, status: SpanStatus.ERROR });
    const event = span({ parent: call, service: 'notifications', durationMs: 500 });
    add(ring, event, root);
    expect(ring.get(root.traceId)?.summary).toMatchObject({ connected: false, spanCount: 2 });
    add(ring, call);
    expect(ring.get(root.traceId)?.summary).toMatchObject({
      name: 'GET /v1/orders',
      service: 'edge',
      services: ['edge', 'orders', 'notifications'],
      spanCount: 3,
      errorCount: 1,
      status: SpanStatus.OK,
      connected: true,
      rootDuration: { seconds: 0n, nanos: 30_000_000 },
      duration: { seconds: 0n, nanos: 502_000_000 },
    });
    expect(ring.get(root.traceId)?.spans.map(({ spanId }) => spanId)).toEqual(
      [root, call, event].map(({ spanId }) => spanId),
    );
  });
});

describe('the order of spans', () => {
  it('is that of their parts, whatever their clocks say, and ends with a circle', () => {
    const ring = createTraceRing();
    const root = span();
    const late = { ...span({ parent: root }), startTime: timestampFromMs(1_800_000_000_000) };
    const early = { ...span({ parent: late }), startTime: timestampFromMs(1_600_000_000_000) };
    const circle = { ...span({ parent: root }) };
    circle.parentSpanId = circle.spanId;
    const sibling = span({ parent: root });
    add(ring, circle, early, late, sibling, root);
    expect(ring.get(root.traceId)?.spans.map(({ spanId }) => spanId)).toEqual(
      [root, sibling, late, early, circle].map(({ spanId }) => spanId),
    );
  });
});

describe('traceFilter()', () => {
  const ring = createTraceRing();
  const root = span({
    durationMs: 30,
    attributes: { 'http.route': '/v1/orders', 'busline.request_id': 'r1' },
  });
  const call = span({
    parent: root,
    service: 'orders',
    event: 'retry',
    attributes: { 'rpc.method': 'orders.v1.OrderService/PlaceOrder' },
  });
  const other = span({ status: SpanStatus.ERROR });
  add(ring, root, call, other);
  const found = (request: Parameters<typeof create<typeof ListTracesRequestSchema>>[1]): string[] =>
    [...ring.traces()]
      .filter(traceFilter(create(ListTracesRequestSchema, request)))
      .map(({ traceId }) => traceId);
  const [mine, all] = [[root.traceId], [root.traceId, other.traceId]];

  it.each([
    ['nothing', {}, all],
    ['a service', { service: 'orders' }, mine],
    ['not by a part of its name', { service: 'order' }, []],
    ['an RPC method', { method: 'orders.v1.OrderService/PlaceOrder' }, mine],
    ['a route', { method: '/v1/orders' }, mine],
    ['none that failed', { status: SpanStatus.OK }, mine],
    ['those that failed', { status: SpanStatus.ERROR }, [other.traceId]],
    ['what took long', { minDuration: { seconds: 0n, nanos: 20_000_000 } }, mine],
    ['attributes', { attributes: ['busline.request_id=r1', 'rpc.method'] }, mine],
    ['no other attributes', { attributes: ['busline.request_id=r2'] }, []],
    ['an event', { event: 'retry' }, mine],
    ['what began later', { startTime: timestampFromMs(1_700_000_000_000) }, all],
    ['what began before', { endTime: timestampFromMs(1_700_000_000_000) }, []],
  ])('finds by %s', (_, request, expected) => {
    expect(found(request)).toEqual(expected);
  });
});
