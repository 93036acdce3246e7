import { EchoService } from '@busline/schemas/busline/bench/v1/bench';
import { type Client, Code, ConnectError, createClient } from '@connectrpc/connect';
import { createConnectTransport, createGrpcTransport } from '@connectrpc/connect-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EdgeFixture, startEdgeFixture } from '../../testing/edge-fixture.ts';
import { type EdgePorts, openEdgePorts } from '../../testing/edge-port.ts';
import { localService } from './local-service.ts';

const events = { replies: 0, aborted: Promise.withResolvers<void>() };

const echo = localService(EchoService, {
  async echo({ payload }, context) {
    context.responseHeader.set('x-asked', context.requestHeader.get('x-mine') ?? '');
    if (payload.length === 1) throw new Error('the password is hunter2');
    if (payload.length === 2) throw new ConnectError('two is none', Code.OutOfRange, { 'x-why': 'two' });
    if (payload.length === 3) await new Promise(() => undefined);
    return { payload };
  },
  async *generate({ count, payloadBytes }, context) {
    context.signal.addEventListener('abort', () => events.aborted.resolve());
    events.replies = 0;
    for (let i = 0n; i < count; i++) {
      yield { payload: new Uint8Array(payloadBytes) };
      events.replies++;
    }
    context.responseTrailer.set('x-count', String(count));
  },
  async *echoStream(requests) {
    for await (const { payload } of requests) yield { payload };
  },
});

let edge: EdgeFixture;
let ports: EdgePorts;
beforeAll(async () => {
  edge = await startEdgeFixture({ local: [echo] });
  ports = await openEdgePorts(edge.app);
});
afterAll(async () => {
  await ports[Symbol.asyncDispose]();
  await edge[Symbol.asyncDispose]();
});

const codeOf = async (call: Promise<unknown>): Promise<ConnectError> =>
  call.then(
    () => expect.unreachable('the call should fail'),
    (error) => ConnectError.from(error),
  );

describe.each([
  ['gRPC', () => createGrpcTransport({ baseUrl: ports.http2 })],
  [
    'Connect',
    () => createConnectTransport({ baseUrl: ports.http2, httpVersion: '2', useBinaryFormat: false }),
  ],
])('a service of the edge itself, by %s', (_, transport) => {
  const client = (): Client<typeof EchoService> => createClient(EchoService, transport());

  it('answers, with metadata', async () => {
    let asked: string | null = null;
    const onHeader = (header: Headers): void => {
      asked = header.get('x-asked');
    };
    const { payload } = await client().echo(
      { payload: new Uint8Array(9) },
      { headers: { 'x-mine': 'a' }, onHeader },
    );
    expect([payload.length, asked]).toEqual([9, 'a']);
  });

  it('fails as its handler does, and tells nothing of the inside', async () => {
    const crash = await codeOf(client().echo({ payload: new Uint8Array(1) }));
    expect([crash.code, crash.rawMessage]).toEqual([Code.Internal, 'the edge failed']);
    const error = await codeOf(client().echo({ payload: new Uint8Array(2) }));
    expect([error.code, error.rawMessage, error.metadata.get('x-why')]).toEqual([
      Code.OutOfRange,
      'two is none',
      'two',
    ]);
    expect((await codeOf(client().collect((async function* () {})()))).code).toBe(Code.Unimplemented);
  });

  it('keeps to the deadline, whatever the handler does', async () => {
    const error = await codeOf(client().echo({ payload: new Uint8Array(3) }, { timeoutMs: 50 }));
    expect(error.code).toBe(Code.DeadlineExceeded);
  });

  it('streams, at the pace of who reads', async () => {
    let trailer: string | null = null;
    const onTrailer = (fields: Headers): void => {
      trailer = fields.get('x-count');
    };
    let count = 0;
    for await (const { payload } of client().generate({ count: 200n, payloadBytes: 10_000 }, { onTrailer }))
      count += payload.length;
    expect([count, trailer]).toEqual([2_000_000, '200']);
  });

  it('talks in both directions', async () => {
    const requests = (async function* () {
      for (let i = 0; i < 100; i++) yield { payload: new Uint8Array(i) };
    })();
    const sizes: number[] = [];
    for await (const { payload } of client().echoStream(requests)) sizes.push(payload.length);
    expect(sizes).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  it('stops when its caller has gone', async () => {
    events.aborted = Promise.withResolvers();
    const leave = new AbortController();
    const call = client().generate({ count: 1_000_000n, payloadBytes: 100_000 }, { signal: leave.signal });
    const replies = call[Symbol.asyncIterator]();
    await replies.next();
    leave.abort();
    expect((await codeOf(replies.next())).code).toBe(Code.Canceled);
    await events.aborted.promise;
    expect(events.replies).toBeLessThan(1000);
  });
});
