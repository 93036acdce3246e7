import { create, type DescMethod, type Message } from '@bufbuild/protobuf';
import { ErrorInfoSchema } from '@busline/schemas/google/rpc/error_details';
import { type CallOptions, Code, ConnectError, createClient, type Transport } from '@connectrpc/connect';
import {
  compressionBrotli,
  compressionGzip,
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from '@connectrpc/connect-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EdgeFixture, startEdgeFixture } from '../../testing/edge-fixture.ts';
import { type EdgePorts, openEdgePorts } from '../../testing/edge-port.ts';

// Connect's own clients for Node.js, by every protocol, on both versions of HTTP: what a call is must not depend on them.
type Sink = Message & { text: string; texts: string[]; int32Value: number; int64Value: bigint };
type Client = {
  echo(request: object, options?: CallOptions): Promise<Sink>;
  watch(request: object, options?: CallOptions): AsyncIterable<Sink>;
  collect(requests: AsyncIterable<object>, options?: CallOptions): Promise<Sink>;
  chat(requests: AsyncIterable<object>, options?: CallOptions): AsyncIterable<Sink>;
};

let events = { started: Promise.withResolvers<void>(), aborted: Promise.withResolvers<void>() };
let edge: EdgeFixture;
let ports: EdgePorts;
beforeAll(async () => {
  edge = await startEdgeFixture({
    limits: { maxBodyBytes: 256 * 1024 },
    observer: { onStarted: () => events.started.resolve(), onAborted: () => events.aborted.resolve() },
  });
  ports = await openEdgePorts(edge.app);
});
afterAll(async () => {
  await ports[Symbol.asyncDispose]();
  await edge[Symbol.asyncDispose]();
});

interface Variant {
  readonly protocol: string;
  readonly http: 1 | 2;
  transport(): Transport;
}
const compressed = {
  sendCompression: compressionGzip,
  acceptCompression: [compressionGzip, compressionBrotli],
  compressMinBytes: 10,
};
const variants: Variant[] = [
  {
    protocol: 'Connect',
    http: 1,
    transport: () => createConnectTransport({ baseUrl: ports.http1, httpVersion: '1.1' }),
  },
  {
    protocol: 'Connect JSON',
    http: 2,
    transport: () =>
      createConnectTransport({ baseUrl: ports.http2, httpVersion: '2', useBinaryFormat: false }),
  },
  {
    protocol: 'Connect gzip',
    http: 2,
    transport: () => createConnectTransport({ baseUrl: ports.http2, httpVersion: '2', ...compressed }),
  },
  { protocol: 'gRPC', http: 2, transport: () => createGrpcTransport({ baseUrl: ports.http2 }) },
  {
    protocol: 'gRPC JSON',
    http: 2,
    transport: () => createGrpcTransport({ baseUrl: ports.http2, useBinaryFormat: false }),
  },
  {
    protocol: 'gRPC gzip',
    http: 2,
    transport: () => createGrpcTransport({ baseUrl: ports.http2, ...compressed }),
  },
  {
    protocol: 'gRPC-Web',
    http: 1,
    transport: () => createGrpcWebTransport({ baseUrl: ports.http1, httpVersion: '1.1' }),
  },
  {
    protocol: 'gRPC-Web gzip',
    http: 2,
    transport: () => createGrpcWebTransport({ baseUrl: ports.http2, httpVersion: '2', ...compressed }),
  },
];

async function* each(texts: readonly string[]): AsyncGenerator<object> {
  for (const text of texts) yield { text };
}

async function failureOf(call: Promise<unknown>): Promise<ConnectError> {
  return call.then(
    () => expect.unreachable('the call should fail'),
    (error) => ConnectError.from(error),
  );
}

async function all(replies: AsyncIterable<Sink>): Promise<Sink[]> {
  const messages: Sink[] = [];
  for await (const reply of replies) messages.push(reply);
  return messages;
}

describe.each(variants)('$protocol over HTTP/$http', ({ http, transport }) => {
  // The descriptor is only known at run time, so the client's methods have no names in its type.
  const client = (): Client => createClient(edge.sink.service, transport()) as unknown as Client;

  it('calls, with metadata both ways', async () => {
    let header = new Headers();
    let trailer = new Headers();
    const reply = await client().echo(
      { text: 'metadata' },
      {
        headers: { 'x-mine': 'a', 'x-data-bin': 'AAEC' },
        onHeader: (fields) => {
          header = fields;
        },
        onTrailer: (fields) => {
          trailer = fields;
        },
      },
    );
    expect(reply.texts).toEqual(expect.arrayContaining(['x-mine: a', 'x-data-bin: AAEC']));
    expect(reply.texts.filter((text) => /^(grpc-|connect-|te:|content-)/.test(text))).toEqual([]);
    expect([header.get('x-answer'), trailer.get('x-trailer')]).toEqual(['42', 'last']);
    expect(header.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/);
  });

  it('passes empty and large messages', async () => {
    expect((await client().echo({})).text).toBe('');
    const text = 'x'.repeat(200_000);
    expect((await client().echo({ text })).text).toBe(text);
    expect((await client().echo({ text: 'large:3000000' })).text).toHaveLength(3_000_000);
  });

  it('tells an error with its code, text, details and metadata', async () => {
    const error = await failureOf(client().echo({ text: 'code:9' }));
    expect([error.code, error.rawMessage, error.metadata.get('x-error')]).toEqual([
      Code.FailedPrecondition,
      'as you wish',
      'yes',
    ]);
    expect(error.findDetails(ErrorInfoSchema).map(({ reason }) => reason)).toEqual(['AS_YOU_WISH']);
  });

  it('refuses a message over the limit, and one that is none', async () => {
    const error = await failureOf(client().echo({ text: 'x'.repeat(300_000) }));
    expect(error.code).toBe(Code.ResourceExhausted);
  });

  it('hands the deadline on', async () => {
    const { int64Value } = await client().echo({ text: 'time' }, { timeoutMs: 5000 });
    expect(Number(int64Value)).toBeGreaterThan(3000);
    expect(Number(int64Value)).toBeLessThanOrEqual(5000);
  });

  it('streams answers, with metadata both ways', async () => {
    let header = new Headers();
    let trailer = new Headers();
    const replies = await all(
      client().watch(
        { text: 'tick', int32Value: 1000 },
        {
          onHeader: (fields) => {
            header = fields;
          },
          onTrailer: (fields) => {
            trailer = fields;
          },
        },
      ),
    );
    expect(replies.map(({ int32Value }) => int32Value)).toEqual(
      Array.from({ length: 1000 }, (_, i) => i + 1),
    );
    expect([header.get('x-answer'), trailer.get('x-trailer')]).toEqual(['42', 'last']);
  });

  it('tells an error behind the answers before it', async () => {
    const seen: number[] = [];
    const read = async (): Promise<void> => {
      for await (const { int32Value } of client().watch({ text: 'code:5', int32Value: 3 }))
        seen.push(int32Value);
    };
    const error = await failureOf(read());
    expect([seen, error.code, error.rawMessage, error.metadata.get('x-trailer')]).toEqual([
      [1, 2, 3],
      Code.NotFound,
      'as you wish',
      'last',
    ]);
    expect(error.findDetails(ErrorInfoSchema)).toHaveLength(1);
  });

  it('streams requests', async () => {
    const texts = Array.from({ length: 500 }, (_, i) => `${i} ${'x'.repeat(i)}`);
    expect((await client().collect(each(texts))).texts).toEqual(texts);
    expect((await client().collect(each([]))).texts).toEqual([]);
  });

  it('cancels the handler when the client goes away', async () => {
    events = { started: Promise.withResolvers(), aborted: Promise.withResolvers() };
    const leave = new AbortController();
    const failed = failureOf(all(client().watch({ text: 'hang' }, { signal: leave.signal })));
    await events.started.promise;
    leave.abort();
    expect((await failed).code).toBe(Code.Canceled);
    await events.aborted.promise;
  });

  it('ends a stream at its deadline', async () => {
    const error = await failureOf(all(client().watch({ text: 'hang' }, { timeoutMs: 100 })));
    expect(error.code).toBe(Code.DeadlineExceeded);
  });

  it('says that there is no such method', async () => {
    const { service } = edge.sink;
    const nope = { ...service.methods[0], name: 'Nope' } as DescMethod;
    const calls = transport();
    const call = calls.unary(
      nope as typeof nope & { methodKind: 'unary' },
      undefined,
      undefined,
      undefined,
      create(nope.input),
    );
    expect((await failureOf(call)).code).toBe(Code.Unimplemented);
  });

  it(`${http === 2 ? 'talks' : 'cannot talk'} in both directions at once`, async () => {
    const turn = { next: Promise.withResolvers<void>() };
    const requests = async function* (): AsyncGenerator<object> {
      for (const text of ['one', 'two', 'three']) {
        yield { text };
        await turn.next.promise;
        turn.next = Promise.withResolvers();
      }
    };
    const heard: string[] = [];
    const talk = async (): Promise<void> => {
      for await (const { text } of client().chat(requests())) {
        heard.push(text);
        turn.next.resolve();
      }
    };
    const outcome = await talk().then(
      () => 'done',
      (error) => ConnectError.from(error).code,
    );
    expect([outcome, heard]).toEqual(http === 2 ? ['done', ['one', 'two', 'three']] : [Code.Unknown, []]);
  });
});
