import { startTelemetry } from '@busline/bus/telemetry';
import { type Span, SpanKind, SpanStatus } from '@busline/schemas/busline/traces/v1/traces';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EdgeFixture, startEdgeFixture } from '../../testing/edge-fixture.ts';
import { createTraceRing, type TraceRing } from '../traces/trace-ring.ts';
import { tracesService } from '../traces/traces-service.ts';

const clientTrace = '0af7651916cd43dd8448eb211c80319c';
const rest = 'GET /v1/sinks/{text}';

interface TracedEdge extends EdgeFixture {
  readonly ring: TraceRing;
}

/** An edge and its worker, telling of themselves as an environment says, and a ring that hears them. */
async function startTracedEdge(env: Record<string, string>): Promise<TracedEdge> {
  const log = pino({ level: 'silent' });
  const telemetry = startTelemetry({ service: 'test', version: '1.0.0', log, env });
  const ring = createTraceRing();
  const edge = await startEdgeFixture({ local: [tracesService(ring, 'edge-1')] });
  edge.worker.telemetry.watchSpans((batch) => ring.add(batch));
  await telemetry.attach(edge.worker);
  return {
    ...edge,
    ring,
    async [Symbol.asyncDispose]() {
      await edge[Symbol.asyncDispose]();
      await telemetry.stop();
    },
  };
}

/** The spans of the trace that a request was part of, by the id that it gave itself. */
async function spansOf(
  { ring, logLines }: TracedEdge,
  requestId: string,
  count: number,
): Promise<readonly Span[]> {
  const line = logLines.findLast((found) => found.requestId === requestId);
  const traceId = String(line?.traceId);
  await expect.poll(() => ring.get(traceId)?.spans.length, { timeout: 5_000 }).toBe(count);
  return ring.get(traceId)?.spans ?? [];
}

describe('a request at the edge', () => {
  let edge: TracedEdge;
  beforeAll(async () => {
    edge = await startTracedEdge({});
  });
  afterAll(() => edge[Symbol.asyncDispose]());

  it('is a span around the call, named by its route or its method', async () => {
    await edge.request('GET /v1/sinks/secret', { headers: { 'x-request-id': 'rest' } });
    await edge.post('Get', '{"text":"hello"}', {
      'content-type': 'application/json',
      'x-request-id': 'rpc',
    });
    const [request, call, handler] = await spansOf(edge, 'rest', 3);
    expect(request).toMatchObject({
      name: rest,
      kind: SpanKind.SERVER,
      parentSpanId: '',
      status: SpanStatus.UNSPECIFIED,
      attributes: {
        'http.request.method': 'GET',
        'http.route': '/v1/sinks/{text}',
        'http.response.status_code': '200',
        'rpc.method': 'test.sink.v1.SinkService/Get',
        'rpc.status_code': 'OK',
        'busline.request_id': 'rest',
      },
    });
    expect(call).toMatchObject({ kind: SpanKind.CLIENT, parentSpanId: request?.spanId });
    expect(handler).toMatchObject({ kind: SpanKind.SERVER, parentSpanId: call?.spanId });
    const [rpc] = await spansOf(edge, 'rpc', 3);
    expect(rpc).toMatchObject({
      name: 'test.sink.v1.SinkService/Get',
      attributes: { 'rpc.system.name': 'connectrpc', 'http.response.status_code': '200' },
    });
    expect(
      JSON.stringify([...edge.ring.traces()].map(({ spans }) => spans.map(({ attributes }) => attributes))),
    ).not.toContain('secret');
  });

  it('joins the trace of its client, as far as the edge can afford it', async () => {
    for (const [id, flags] of [
      ['asked', '01'],
      ['not-asked', '00'],
    ] as const) {
      const traceparent = `00-${clientTrace}-b7ad6b7169203331-${flags}`;
      await edge.request('GET /v1/sinks/hello', { headers: { traceparent, 'x-request-id': id } });
    }
    const spans = await spansOf(edge, 'asked', 3);
    expect(spans.filter(({ name }) => name === rest)).toMatchObject([{ parentSpanId: 'b7ad6b7169203331' }]);
  });

  it('that looks at traces is no trace', async () => {
    const listed = await edge.request('GET /v1/traces?pageSize=2', {
      headers: { 'x-request-id': 'looking' },
    });
    const { traces, nextPageToken, kept } = (await listed.json()) as {
      traces: { traceId: string; startTime: string }[];
      nextPageToken: string;
      kept: object;
    };
    expect(traces).toHaveLength(2);
    expect(traces[0]?.startTime && traces[1] && traces[0].startTime >= traces[1].startTime).toBe(true);
    expect(kept).toMatchObject({ instance: 'edge-1', traceCount: edge.ring.size });
    const next = await edge.request(
      `GET /v1/traces?pageSize=500&pageToken=${encodeURIComponent(nextPageToken)}`,
    );
    const rest = ((await next.json()) as { traces: { traceId: string }[] }).traces.map(
      ({ traceId }) => traceId,
    );
    expect(rest).toHaveLength(edge.ring.size - 2);
    expect(rest).not.toContain(traces[1]?.traceId);
    await edge.request('GET /v1/sinks/hello', { headers: { 'x-request-id': 'behind' } });
    await spansOf(edge, 'behind', 3);
    const routes = [...edge.ring.traces()].flatMap(({ spans }) =>
      spans.map(({ attributes }) => attributes['http.route']),
    );
    expect(routes).not.toContain('/v1/traces');
  });

  it('names a trace that is not there', async () => {
    const response = await edge.request(`GET /v1/traces/${'1'.repeat(32)}`);
    expect(response.status).toBe(404);
    expect(await response.text()).toContain('this edge has no trace 1111');
  });
});

describe('a request at an edge that records nothing', () => {
  let edge: TracedEdge;
  beforeAll(async () => {
    edge = await startTracedEdge({ BUSLINE_TRACES_PER_SECOND: '0' });
  });
  afterAll(() => edge[Symbol.asyncDispose]());

  it('that fails is recorded in hindsight where it was not before, with the worker that failed', async () => {
    await edge.request('GET /v1/sinks/code:5', { headers: { 'x-request-id': 'not-found' } });
    await edge.request('GET /v1/sinks/code:13', { headers: { 'x-request-id': 'failed' } });
    const [request, handler] = await spansOf(edge, 'failed', 2);
    expect(request).toMatchObject({ name: rest, parentSpanId: '', status: SpanStatus.ERROR });
    expect(handler).toMatchObject({
      name: 'test.sink.v1.SinkService/Get',
      kind: SpanKind.SERVER,
      parentSpanId: request?.spanId,
      status: SpanStatus.ERROR,
    });
    // Told by now, if it were.
    expect(edge.ring.size).toBe(1);
  });
});
