import { type Bus, connect, implement, operation, type Worker } from '@busline/bus';
import { startNats, type TestNats } from '@busline/bus/testing';
import { WorkProgressSchema, WorkService } from '@busline/schemas/busline/bench/v1/durable';
import { Operations } from '@busline/schemas/google/longrunning/operations';
import { Code, ConnectError, createClient, type HandlerContext } from '@connectrpc/connect';
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from '@connectrpc/connect-node';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { fetchEvents } from '../../testing/event-stream.ts';
import { openApiProblems } from '../../testing/openapi-problems.ts';
import { readConfig } from '../config.ts';
import { type EdgeServer, startEdge } from '../edge-server.ts';
import type { OpenApiDocument } from '../openapi/openapi-document.ts';

const log = pino({ level: 'silent' });

let nats: TestNats;
let bus: Bus;
let worker: Worker;
let edge: EdgeServer;
let url: string;
/** What the worker waits for, by the text of the request. */
let gates = new Map<string, PromiseWithResolvers<void>>();
const runs: string[] = [];

async function handle({ text }: { text: string }, context: HandlerContext): Promise<{ text: string }> {
  runs.push(text);
  if (text.startsWith('fail')) throw new ConnectError('as you wish', Code.FailedPrecondition);
  await operation(context)?.progress(WorkProgressSchema, { percent: 50 });
  const cancelled = new Promise<never>((_, reject) => {
    context.signal.addEventListener('abort', () => reject(context.signal.reason));
  });
  await Promise.race([gates.get(text)?.promise, cancelled]);
  return { text: `${text} done` };
}

beforeAll(async () => {
  nats = await startNats();
  bus = await connect({ servers: nats.url, logger: log });
  worker = await bus.serve({
    name: 'work',
    version: '1.0.0',
    services: [implement(WorkService, { work: handle, enqueue: handle })],
  });
  edge = await startEdge({
    config: readConfig({ PORT: '0', EDGE_ACCESS: 'open', SHUTDOWN_GRACE_MS: '2000' }),
    log,
    servers: nats.url,
  });
  url = `http://127.0.0.1:${edge.port}`;
});
afterEach(() => {
  for (const { resolve } of gates.values()) resolve();
  gates = new Map();
});
afterAll(async () => {
  await edge.close();
  await worker.stop();
  await bus.drain();
  await nats.stop();
});

/** Makes requests of this text wait. */
function gate(text: string): () => void {
  const opened = Promise.withResolvers<void>();
  gates.set(text, opened);
  return opened.resolve;
}
const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
const work = (text: string, headers?: Record<string, string>) => post('/v1/work', { text }, headers);
const json = async (response: Response) =>
  (await response.json()) as Record<string, unknown> & { name: string };
const get = async (path: string) => json(await fetch(`${url}${path}`));
const runsOf = (text: string) => runs.filter((run) => run === text).length;
const grpc = (path: 'grpc' | 'grpc-web' | 'connect') =>
  ({
    grpc: () => createGrpcTransport({ baseUrl: url }),
    'grpc-web': () => createGrpcWebTransport({ baseUrl: url, httpVersion: '1.1' }),
    connect: () => createConnectTransport({ baseUrl: url, httpVersion: '1.1' }),
  })[path]();

describe('a caller of a durable method', () => {
  it('waits if it prefers nothing, and is told the operation', async () => {
    const response = await work('a');
    expect([response.status, await response.json()]).toEqual([200, { text: 'a done' }]);
    expect(response.headers.get('vary')).toMatch(/prefer/i);
    expect(response.headers.get('busline-operation')).toMatch(/^operations\/[0-9a-f]{32}$/);
    expect(Number(new Date(response.headers.get('busline-operation-expires') ?? ''))).toBeGreaterThan(
      Date.now(),
    );
  });

  it('gets 202 and the operation when it prefers that', async () => {
    const open = gate('b');
    const response = await work('b', { prefer: 'respond-async, unknown=1' });
    expect(response.status).toBe(202);
    expect(response.headers.get('preference-applied')).toBe('respond-async');
    expect(response.headers.get('retry-after')).toBe('1');
    const location = response.headers.get('location') ?? '';
    const started = await json(response);
    expect(`/v1/${started.name}`).toBe(location);
    expect(started).toMatchObject({
      metadata: {
        '@type': 'type.googleapis.com/busline.durable.v1.OperationMetadata',
        method: 'busline.bench.v1.WorkService/Work',
      },
    });
    open();
    const id = started.name.slice('operations/'.length);
    const done = await createClient(Operations, grpc('connect')).waitOperation({ name: `operations/${id}` });
    expect(done.done).toBe(true);
    expect(await get(location)).toMatchObject({
      name: started.name,
      done: true,
      response: { '@type': 'type.googleapis.com/busline.bench.v1.WorkResponse', text: 'b done' },
      metadata: { state: 'STATE_DONE', attempts: 1 },
    });
  });

  it('gets the outcome all the same when it comes in the time it waits', async () => {
    const response = await work('c', { prefer: 'respond-async, wait=5' });
    expect([response.status, await response.json()]).toEqual([200, { text: 'c done' }]);
    expect(response.headers.get('preference-applied')).toBe('wait=5');
  });

  it('is told at its deadline that the call goes on', async () => {
    gate('d');
    const response = await work('d', { prefer: 'wait=0' });
    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      details: [
        { reason: 'STILL_RUNNING', metadata: { operation: response.headers.get('busline-operation') } },
      ],
    });
  });

  it('gets what the contract says without a preference', async () => {
    const response = await post('/v1/work:enqueue', { text: 'e' }, { 'idempotency-key': 'e' });
    expect(response.status).toBe(202);
    expect(response.headers.get('preference-applied')).toBeNull();
  });

  it('gets the error of the call', async () => {
    const response = await work('fail f');
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'FAILED_PRECONDITION', detail: 'as you wish' });
  });

  it.each(['connect', 'grpc', 'grpc-web'] as const)('gets its response by %s', async (protocol) => {
    const client = createClient(WorkService, grpc(protocol));
    expect((await client.work({ text: 'g' })).text).toBe('g done');
    expect((await client.enqueue({ text: 'g' }, { headers: { 'idempotency-key': protocol } })).text).toBe(
      'g done',
    );
    gate('never');
    const late = await client
      .work({ text: 'never' }, { headers: { prefer: 'respond-async' } })
      .catch(ConnectError.from);
    expect(late).toMatchObject({
      code: Code.DeadlineExceeded,
      rawMessage: expect.stringMatching(/it goes on as operations\//),
    });
  });
});

describe('an operation that is asked for', () => {
  it('is waited for as long as its caller prefers, and told as it is then', async () => {
    const open = gate('wait');
    const started = await json(await work('wait', { prefer: 'respond-async' }));
    const ask = (prefer: string) => fetch(`${url}/v1/${started.name}`, { headers: { prefer } });
    const early = await ask('wait=0');
    expect([early.headers.get('preference-applied'), await early.json()]).toEqual([
      'wait=0',
      expect.not.objectContaining({ done: true }),
    ]);
    const waiting = ask('wait=8');
    open();
    expect(await (await waiting).json()).toMatchObject({ done: true, response: { text: 'wait done' } });
  });
});

it('is told no more by an edge that leaves, so that its client goes to another', async () => {
  const other = await startEdge({
    config: readConfig({ PORT: '0', EDGE_ACCESS: 'open', SHUTDOWN_GRACE_MS: '30000' }),
    log,
    servers: nats.url,
  });
  gate('leaving');
  const { name } = await json(await work('leaving', { prefer: 'respond-async' }));
  const events = await fetchEvents(`http://127.0.0.1:${other.port}/v1/${name}`);
  await events.take(1);
  const [rest] = await Promise.all([events.rest(), other.close()]);
  expect(rest.map(({ event }) => event)).not.toContain('done');
});

describe('an idempotency key', () => {
  it('gives the stored result again, as a replay', async () => {
    const first = await work('h', { 'idempotency-key': '"h"' });
    const again = await work('h', { 'idempotency-key': 'h' });
    expect(await again.json()).toEqual(await first.json());
    expect([first, again].map(({ headers }) => headers.get('idempotency-replayed'))).toEqual([null, 'true']);
    expect(again.headers.get('busline-operation')).toBe(first.headers.get('busline-operation'));
    expect(runsOf('h')).toBe(1);
  });

  it('gives a stored error again', async () => {
    const statuses = [];
    for (let n = 0; n < 2; n++) statuses.push((await work('fail i', { 'idempotency-key': 'i' })).status);
    expect(statuses).toEqual([400, 400]);
    expect(runsOf('fail i')).toBe(1);
  });

  it('is refused for another request with 422, and INVALID_ARGUMENT by RPC', async () => {
    await work('j', { 'idempotency-key': 'j' });
    const response = await work('k', { 'idempotency-key': 'j' });
    expect([response.status, await response.json()]).toMatchObject([
      422,
      {
        code: 'INVALID_ARGUMENT',
        title: 'Unprocessable Entity',
        details: [{ reason: 'IDEMPOTENCY_KEY_REUSED' }],
      },
    ]);
    const client = createClient(WorkService, grpc('grpc'));
    const error = await client
      .work({ text: 'k' }, { headers: { 'idempotency-key': 'j' } })
      .catch(ConnectError.from);
    expect(error).toMatchObject({ code: Code.InvalidArgument });
  });

  it('of a call that is not over is a conflict, unless the caller can wait', async () => {
    const open = gate('l');
    await work('l', { 'idempotency-key': 'l', prefer: 'respond-async' });
    const conflict = await work('l', { 'idempotency-key': 'l' });
    expect([conflict.status, await conflict.json()]).toMatchObject([409, { code: 'ABORTED' }]);
    const same = await work('l', { 'idempotency-key': 'l', prefer: 'respond-async' });
    expect([same.status, same.headers.get('location')]).toEqual([
      202,
      `/v1/${conflict.headers.get('busline-operation')}`,
    ]);
    const waiting = work('l', { 'idempotency-key': 'l', prefer: 'wait=8' });
    open();
    expect((await waiting).status).toBe(200);
    expect(runsOf('l')).toBe(1);
  });

  it('is asked for where the contract does, and must be one', async () => {
    const missing = await post('/v1/work:enqueue', { text: 'm' });
    expect([missing.status, await missing.json()]).toMatchObject([
      400,
      { details: [{ reason: 'IDEMPOTENCY_KEY_MISSING' }] },
    ]);
    expect((await work('m', { 'idempotency-key': '"' })).status).toBe(400);
    expect(runsOf('m')).toBe(0);
  });
});

describe('google.longrunning.Operations', () => {
  it('cancels and deletes', async () => {
    gate('n');
    const { name } = await json(await work('n', { prefer: 'respond-async' }));
    expect((await post(`/v1/${name}:cancel`, {})).status).toBe(200);
    const client = createClient(Operations, grpc('grpc'));
    const done = await client.waitOperation({ name });
    expect(done.result).toMatchObject({ case: 'error', value: { code: Code.Canceled } });
    expect((await fetch(`${url}/v1/${name}`, { method: 'DELETE' })).status).toBe(200);
    expect((await fetch(`${url}/v1/${name}`)).status).toBe(404);
    await expect(client.cancelOperation({ name })).rejects.toMatchObject({ code: Code.NotFound });
  });

  it('lists by pages, the newest first', async () => {
    for (const text of ['o', 'p']) await work(text);
    const { operations, nextPageToken } = await get('/v1/operations?pageSize=1&filter=done%3Dtrue');
    expect(operations).toMatchObject([{ done: true, response: { text: 'p done' } }]);
    const next = await get(`/v1/operations?pageSize=1&pageToken=${nextPageToken}`);
    expect(next.operations).toMatchObject([{ response: { text: 'o done' } }]);
  });

  it('waits no longer than it is asked to', async () => {
    gate('q');
    const { name } = await json(await work('q', { prefer: 'respond-async' }));
    const client = createClient(Operations, grpc('connect'));
    expect((await client.waitOperation({ name, timeout: { nanos: 10_000_000 } })).done).toBe(false);
  });

  it.each(['operations/x', `operations/${'0'.repeat(32)}`])('knows no %s', async (name) => {
    expect((await fetch(`${url}/v1/${name}`)).status).toBe(404);
  });
});

describe('the events of an operation', () => {
  const events = (name: string, headers: Record<string, string> = {}) =>
    fetch(`${url}/v1/${name}`, { headers: { accept: 'text/event-stream', ...headers } });

  it('tell its progress and its outcome, and end', async () => {
    const open = gate('r');
    const { name } = await json(await work('r', { prefer: 'respond-async' }));
    const response = await events(name);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    let text = '';
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += Buffer.from(chunk).toString();
      if (text.includes('"percent":50')) open();
    }
    const kinds = [...text.matchAll(/^event: (.*)$/gm)].map(([, kind]) => kind);
    expect(new Set(kinds.slice(0, -1))).toEqual(new Set(['progress']));
    expect(kinds.at(-1)).toBe('done');
    expect(text).toContain('id: end\ndata: {"name":"operations/');
    expect((await events(name, { 'last-event-id': 'end' })).status).toBe(204);
  });

  it('are not there for an operation that is not', async () => {
    expect((await events(`operations/${'0'.repeat(32)}`)).status).toBe(404);
  });
});

describe('the documentation of an edge with durable methods', () => {
  it('tells of preferences, keys and operations, and of what the edge itself answers', async () => {
    const document = (await (await fetch(`${url}/openapi.json`)).json()) as OpenApiDocument;
    expect(await openApiProblems(document)).toEqual([]);
    const enqueue = document.paths['/v1/work:enqueue']?.post;
    expect(enqueue?.parameters).toMatchObject([
      { name: 'Prefer', in: 'header' },
      { name: 'Idempotency-Key', in: 'header', required: true },
    ]);
    expect(Object.keys(enqueue?.responses ?? {})).toEqual(['200', '202', '400', '409', '422', 'default']);
    expect(enqueue?.responses[202]).toMatchObject({
      headers: { Location: {}, 'Retry-After': {}, 'Preference-Applied': {} },
      content: {
        'application/json': { schema: { $ref: '#/components/schemas/google.longrunning.Operation' } },
      },
    });
    expect(enqueue?.responses[200]).toMatchObject({ headers: { 'Busline-Operation': {} } });
    expect(Object.keys(document.paths).filter((path) => /operation|event/i.test(path))).toEqual([
      '/google.longrunning.Operations/WaitOperation',
      '/v1/events',
      '/v1/events/{type}',
      '/v1/operations',
      '/v1/operations/{operation}',
      '/v1/operations/{operation}:cancel',
    ]);
    expect(Object.keys(document.paths['/v1/events/{type}']?.post?.requestBody?.content ?? {})).toEqual([
      'application/json',
      'application/protobuf',
      'application/cloudevents+json',
    ]);
  });
});
