import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EdgeFixture, startEdgeFixture } from '../../../testing/edge-fixture.ts';
import { openEdgePorts } from '../../../testing/edge-port.ts';

let events = { started: Promise.withResolvers<void>(), aborted: Promise.withResolvers<void>() };
let edge: EdgeFixture;
beforeAll(async () => {
  edge = await startEdgeFixture({
    observer: { onStarted: () => events.started.resolve(), onAborted: () => events.aborted.resolve() },
  });
});
afterAll(() => edge[Symbol.asyncDispose]());

const watch = (query: string, headers: Record<string, string> = {}): Promise<Response> =>
  edge.request(`GET /v1/sinks:watch?${query}`, { headers });

/** The line behind the last message, for a worker that sets trailers. */
const trailers = '{"trailers":{"x-trailer":"last"}}\n';

describe('a server stream as lines', () => {
  it.each<Record<string, string>>([{}, { accept: '*/*' }, { accept: 'application/x-ndjson' }])(
    'comes by default: %j',
    async (headers) => {
      const response = await watch('text=a&int32Value=3', headers);
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/x-ndjson']);
      expect([response.headers.get('grpc-metadata-x-answer'), response.headers.get('vary')]).toEqual([
        '42',
        'accept',
      ]);
      expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/);
      expect(await response.text()).toBe(
        [1, 2, 3].map((int32Value) => `{"result":{"text":"a","int32Value":${int32Value}}}\n`).join('') +
          trailers,
      );
    },
  );

  it('may be empty', async () => {
    const response = await watch('int32Value=0');
    expect([response.status, await response.text()]).toEqual([200, trailers]);
  });

  it('ends with the error that ended it', async () => {
    const response = await watch('text=code:5&int32Value=1');
    const lines = (await response.text()).trimEnd().split('\n');
    expect(response.status).toBe(200);
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { result: { text: 'code:5', int32Value: 1 } },
      {
        error: {
          code: 404,
          message: 'as you wish',
          status: 'NOT_FOUND',
          details: [
            {
              '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
              reason: 'AS_YOU_WISH',
              domain: 'sink.test',
            },
          ],
        },
      },
    ]);
  });

  it('tells nothing of the inside', async () => {
    expect(await (await watch('text=crash&int32Value=1')).text()).not.toContain('hunter2');
  });

  it('is logged with how it ended', async () => {
    await (await watch('text=code:5&int32Value=1', { 'x-request-id': 'stream-1' })).text();
    // The line of a stream without a port is written when its header is.
    expect(edge.logLines.find(({ requestId }) => requestId === 'stream-1')).toMatchObject({
      rpc: 'test.sink.v1.SinkService/Watch',
      status: 200,
    });
  });

  it('shows a part of each message where the rule says so', async () => {
    const response = await edge.request('POST /v1/sinks:watchTexts', {
      body: '{"texts":["a","b"],"int32Value":2}',
      headers: { 'content-type': 'application/json' },
    });
    expect(await response.text()).toBe(`{"result":["a","b"]}\n{"result":["a","b"]}\n${trailers}`);
  });

  it('passes raw bytes on as they are', async () => {
    const response = await edge.request('GET /v1/raw:download?int32Value=3');
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    expect(await response.text()).toBe('part 0;part 1;part 2;');
  });

  it('refuses a request that cannot be read as any other', async () => {
    const response = await watch('nope=1');
    expect([response.status, response.headers.get('content-type')]).toEqual([
      400,
      'application/problem+json',
    ]);
  });

  it('stops the handler when the client goes away', async () => {
    events = { started: Promise.withResolvers(), aborted: Promise.withResolvers() };
    const response = await watch('text=hang&int32Value=1');
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    await events.started.promise;
    await reader.cancel();
    await events.aborted.promise;
  });

  it('ends at its deadline', async () => {
    const response = await watch('text=hang&int32Value=1', { 'grpc-timeout': '100m' });
    const lines = (await response.text()).trimEnd().split('\n');
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
      error: { code: 504, status: 'DEADLINE_EXCEEDED' },
    });
  });

  it('answers HEAD with its header, with a port and without', async () => {
    const target = '/v1/sinks:watch?int32Value=3';
    const ports = await openEdgePorts(edge.app);
    const overPort = await fetch(`${ports.http1}${target}`, { method: 'HEAD' });
    for (const response of [await edge.request(`HEAD ${target}`), overPort]) {
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/x-ndjson']);
      expect(await response.text()).toBe('');
    }
    await ports[Symbol.asyncDispose]();
  });
});

describe('a server stream as events', () => {
  const accept = 'text/event-stream';

  it('has an event per message, and one for the end', async () => {
    const response = await watch('text=a&int32Value=2', { accept });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.text()).toBe(
      [
        'retry: 2000\n\n',
        'data: {"text":"a","int32Value":1}\n\n',
        'data: {"text":"a","int32Value":2}\n\n',
        'event: end\nid: end\ndata: {"trailers":{"x-trailer":"last"}}\n\n',
      ].join(''),
    );
  });

  it('is over for good when its client connects again after the end', async () => {
    const response = await watch('text=a&int32Value=2', { accept, 'last-event-id': 'end' });
    expect([response.status, await response.text()]).toEqual([204, '']);
  });

  it.each([
    ['5', 'NOT_FOUND', true],
    ['14', 'UNAVAILABLE', false],
  ])('tells an error of code %s, and whether to come back', async (code, name, isLast) => {
    const text = await (await watch(`text=code:${code}&int32Value=0`, { accept })).text();
    const [, event] = text.split('\n\n');
    expect(event?.startsWith(isLast ? 'event: error\nid: end\ndata: ' : 'event: error\ndata: ')).toBe(true);
    expect(JSON.parse(event?.split('data: ')[1] ?? '')).toMatchObject({ type: 'about:blank', code: name });
  });

  it('is refused as any other request before it begins', async () => {
    const response = await watch('nope=1', { accept });
    expect([response.status, response.headers.get('content-type')]).toEqual([
      400,
      'application/problem+json',
    ]);
  });
});

describe('errors in the format of AIP-193', () => {
  let google: EdgeFixture;
  beforeAll(async () => {
    google = await startEdgeFixture({ rest: { errorFormat: 'google' } });
  });
  afterAll(() => google[Symbol.asyncDispose]());

  it.each([
    ['GET /v1/sinks/code:5', 404, { code: 404, message: 'as you wish', status: 'NOT_FOUND' }],
    ['GET /v1/sinks/code:13', 500, { code: 500, status: 'INTERNAL' }],
    ['GET /nowhere', 404, { code: 404, status: 'UNIMPLEMENTED' }],
    ['DELETE /v1/sinks', 405, { code: 405, status: 'UNIMPLEMENTED' }],
    ['GET /v1/sinks/a?nope=1', 400, { code: 400, status: 'INVALID_ARGUMENT' }],
  ])('%s', async (requestLine, status, error) => {
    const response = await google.request(requestLine);
    expect([response.status, response.headers.get('content-type')]).toEqual([status, 'application/json']);
    const body = await response.text();
    expect(JSON.parse(body)).toEqual({ error: expect.objectContaining(error) });
    expect(body).not.toContain('hunter2');
  });

  it('stand in events too', async () => {
    const headers = { accept: 'text/event-stream' };
    const response = await google.request('GET /v1/sinks:watch?text=code:5', { headers });
    expect(await response.text()).toContain('event: error\nid: end\ndata: {"error":{"code":404,');
  });
});
