import { connect, implement } from '@busline/bus';
import { GreetService } from '@busline/schemas/greet/v1/greet';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EdgeFixture, startEdgeFixture } from '../testing/edge-fixture.ts';

const started = Promise.withResolvers<void>();
const aborted = Promise.withResolvers<void>();
let edge: EdgeFixture;
beforeAll(async () => {
  edge = await startEdgeFixture({ observer: { onStarted: started.resolve, onAborted: aborted.resolve } });
});
afterAll(() => edge[Symbol.asyncDispose]());

describe('the pipeline', () => {
  it.each([
    ['my-id.7', 'my-id.7'],
    [undefined, /^[0-9a-f]{32}$/],
    ['bad id', /^[0-9a-f]{32}$/],
    ['x'.repeat(129), /^[0-9a-f]{32}$/],
  ])('takes the request id %j or makes one', async (given, expected) => {
    const response = await edge.request('GET /v1/sinks/metadata', {
      headers: given === undefined ? {} : { 'x-request-id': given },
    });
    const id = response.headers.get('x-request-id') ?? '';
    expect(id).toMatch(expected);
    expect(((await response.json()) as { texts: string[] }).texts).toContain(`x-request-id: ${id}`);
  });

  it.each([
    ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00', '0af7651916cd43dd8448eb211c80319c'],
    ['00-00000000000000000000000000000000-b7ad6b7169203331-00', undefined],
    ['ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00', undefined],
    ['rubbish', undefined],
  ])('takes the trace %s or begins one', async (traceparent, traceId) => {
    const response = await edge.request('GET /v1/sinks/metadata', {
      headers: { traceparent, 'x-request-id': traceparent.slice(0, 20) },
    });
    const line = edge.logLines.findLast(({ requestId }) => requestId === traceparent.slice(0, 20));
    const { texts } = (await response.json()) as { texts: string[] };
    expect(texts.find((text) => text.startsWith('traceparent: '))).toContain(`-${line?.traceId}-`);
    expect(line?.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(line?.traceId === '0af7651916cd43dd8448eb211c80319c').toBe(traceId !== undefined);
  });

  it('logs one line per request, without what is private', async () => {
    const headers = {
      'x-request-id': 'logged',
      authorization: 'Bearer secret-token',
      'content-type': 'application/json',
    };
    const body = '{"texts":["secret-body"]}';
    await edge.request('PATCH /v1/sinks/secret-path?validateOnly=true', { headers, body });
    const lines = edge.logLines.filter(({ requestId }) => requestId === 'logged');
    expect(lines).toEqual([
      expect.objectContaining({
        method: 'PATCH',
        route: '/v1/sinks/{sink.text}',
        rpc: 'test.sink.v1.SinkService/Update',
        status: 200,
        code: 'OK',
        durationMs: expect.any(Number),
        bytes: expect.any(Number),
      }),
    ]);
    expect(JSON.stringify(lines)).not.toContain('secret');
  });

  it('logs the error of a request that failed inside, and only the code of others', async () => {
    await edge.request('GET /v1/sinks/code:13', { headers: { 'x-request-id': 'inside' } });
    await edge.request('GET /v1/sinks/code:5', { headers: { 'x-request-id': 'outside' } });
    const line = (id: string) => edge.logLines.find(({ requestId }) => requestId === id);
    expect(line('inside')).toMatchObject({
      status: 500,
      code: 'INTERNAL',
      err: { message: expect.stringContaining('as you wish') },
    });
    expect(line('outside')).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    expect(line('outside')).not.toHaveProperty('err');
  });

  it('refuses a body announced as too large without reading it', async () => {
    const response = await edge.request('POST /v1/sinks', {
      body: '{}',
      headers: { 'content-length': String(5 * 1024 * 1024), 'content-type': 'application/json' },
    });
    expect([response.status, response.headers.get('connection')]).toEqual([413, 'close']);
    const rpc = await edge.request('POST /test.sink.v1.SinkService/Echo', {
      body: '{}',
      headers: { 'content-length': String(5 * 1024 * 1024), 'content-type': 'application/json' },
    });
    expect(await rpc.json()).toMatchObject({ code: 'resource_exhausted' });
  });

  it('passes requests and replies above the limit of the broker, up to its own and that of the bus', async () => {
    const send = (text: string) =>
      edge.request('POST /v1/sinks', {
        body: JSON.stringify({ text }),
        headers: { 'content-type': 'application/json' },
      });
    const text = 'x'.repeat(2 * 1024 * 1024);
    const response = await send(text);
    expect(response.status).toBe(200);
    expect(((await response.json()) as { text: string }).text).toBe(text);
    expect((await send('x'.repeat(4 * 1024 * 1024))).status).toBe(413);
    const reply = await edge.request('GET /v1/sinks/large:2000000');
    expect(((await reply.json()) as { text: string }).text).toHaveLength(2_000_000);
    const tooLarge = await edge.request('GET /v1/sinks/large:17000000');
    expect([tooLarge.status, await tooLarge.json()]).toEqual([
      429,
      expect.objectContaining({
        code: 'RESOURCE_EXHAUSTED',
        detail: expect.stringMatching(/17000\d{3} bytes/),
      }),
    ]);
  });

  it('cancels the call when the client goes away', async () => {
    const client = new AbortController();
    const answer = edge.request('GET /v1/sinks/hang', { signal: client.signal });
    await started.promise;
    client.abort();
    await aborted.promise;
    expect((await answer).status).toBe(499);
  });
});

describe('health', () => {
  it('is alive and ready', async () => {
    expect(await (await edge.request('GET /livez')).json()).toEqual({ status: 'alive' });
    expect(await (await edge.request('GET /readyz')).json()).toEqual({
      status: 'ready',
      services: edge.routes.table.services.length,
    });
  });
});

describe('live routes', () => {
  it('appear within a second of a worker, and answer UNAVAILABLE when its last instance left', async () => {
    expect((await edge.request('GET /v1/hello/Ada')).status).toBe(404);
    const worker = await connect({ servers: edge.nats.url, logger: pino({ level: 'silent' }) });
    const greeter = implement(GreetService, { sayHello: ({ name }) => ({ greeting: `Hello, ${name}!` }) });
    const startedAtMs = performance.now();
    await worker.serve({ name: 'greeter', version: '1.2.3', services: [greeter] });
    await edge.routesWhere(({ table }) => table.procedures.has('/greet.v1.GreetService/SayHello'));
    expect(performance.now() - startedAtMs).toBeLessThan(1000);

    expect(await (await edge.request('GET /v1/hello/Ada')).json()).toEqual({ greeting: 'Hello, Ada!' });
    const landing = await (await edge.request('GET /')).text();
    expect(landing).toContain('greet.v1.GreetService  (worker greeter 1.2.3)');
    expect(landing).toContain('GET /v1/hello/{name}');
    expect(landing).toContain('POST /greet.v1.GreetService/SayHello');

    await worker.drain();
    const gone = await edge.request('GET /v1/hello/Ada');
    expect([gone.status, await gone.json()]).toEqual([503, expect.objectContaining({ code: 'UNAVAILABLE' })]);
  });

  it('turn a broken rule of the contract into the right field', async () => {
    const worker = await connect({ servers: edge.nats.url, logger: pino({ level: 'silent' }) });
    const greeter = implement(GreetService, { sayHello: () => ({ greeting: 'never' }) });
    await worker.serve({ name: 'greeter', version: '1.2.3', services: [greeter] });
    const tooLong = 'x'.repeat(101);
    const rest = await edge.request(`GET /v1/hello/${tooLong}`);
    expect([rest.status, await rest.json()]).toEqual([
      400,
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        errors: [{ parameter: 'name', detail: expect.any(String) }],
      }),
    ]);
    const rpc = await edge.request('POST /greet.v1.GreetService/SayHello', {
      body: JSON.stringify({ name: tooLong }),
      headers: { 'content-type': 'application/json' },
    });
    expect([rpc.status, await rpc.json()]).toEqual([
      400,
      expect.objectContaining({ code: 'invalid_argument' }),
    ]);
    await worker.drain();
  });
});
