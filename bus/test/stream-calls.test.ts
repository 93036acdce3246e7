import { type Bus, callFate, faultReason, implement, type ServiceOptions } from '@busline/bus';
import { EchoService } from '@busline/schemas/busline/bench/v1/bench';
import { BadRequestSchema, DebugInfoSchema } from '@busline/schemas/google/rpc/error_details';
import { GreetService } from '@busline/schemas/greet/v1/greet';
import {
  type CallOptions,
  type Client,
  Code,
  ConnectError,
  createClient,
  createContextKey,
  createContextValues,
  type Interceptor,
  type ServiceImpl,
} from '@connectrpc/connect';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { failureOf, type System, startSystem, until } from './system.ts';

// What Connect promises for the four kinds of calls, whichever transport carries them.
let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterEach(() => system.reset());
afterAll(() => system.close());

type Echo = Client<typeof EchoService>;
type EchoImpl = Partial<ServiceImpl<typeof EchoService>>;

type ClientMaker = (bus: Bus, options?: { interceptors: Interceptor[] }) => Echo;

const ours: ClientMaker = (bus, options) => bus.client(EchoService, options);
const connects: ClientMaker = (bus, options) => createClient(EchoService, bus.transport(options));

async function clientOf(
  implementation: EchoImpl,
  options: { server?: ServiceOptions; client?: { interceptors: Interceptor[] }; maker?: ClientMaker } = {},
): Promise<Echo> {
  await (await system.connect()).serve({
    name: 'echo',
    version: '1.0.0',
    services: [implement(EchoService, implementation, options.server)],
  });
  return (options.maker ?? ours)(await system.connect(), options.client);
}

const bytes = (size: number, fill = 1) => ({ payload: new Uint8Array(size).fill(fill) });

async function* input(...sizes: number[]) {
  for (const size of sizes) yield bytes(size);
}

async function sizesOf(messages: AsyncIterable<{ payload: Uint8Array }>): Promise<number[]> {
  const sizes: number[] = [];
  for await (const { payload } of messages) sizes.push(payload.length);
  return sizes;
}

/** A call of each kind with the same requests (the streams of them) and the sizes of its responses. */
const kinds: readonly [string, (client: Echo, options?: CallOptions) => Promise<number[]>][] = [
  ['unary', async (client, options) => [(await client.echo(bytes(3), options)).payload.length]],
  [
    'server streaming',
    (client, options) => sizesOf(client.generate({ count: 2n, payloadBytes: 3 }, options)),
  ],
  [
    'client streaming',
    async (client, options) => [Number((await client.collect(input(1, 2), options)).payloadBytes)],
  ],
  ['bidirectional', (client, options) => sizesOf(client.echoStream(input(3, 0), options))],
];

/** Implements the four kinds; `before` is run by each first, `after` last. */
function echoOf(
  before: (context: Parameters<ServiceImpl<typeof EchoService>['echo']>[1]) => void,
  after: (context: Parameters<ServiceImpl<typeof EchoService>['echo']>[1]) => void = () => {},
): EchoImpl {
  return {
    echo({ payload }, context) {
      before(context);
      after(context);
      return { payload };
    },
    async *generate({ count, payloadBytes }, context) {
      before(context);
      for (let n = 0; n < Number(count); n++) yield bytes(payloadBytes);
      after(context);
    },
    async collect(requests, context) {
      before(context);
      let payloadBytes = 0n;
      for await (const { payload } of requests) payloadBytes += BigInt(payload.length);
      after(context);
      return { payloadBytes };
    },
    async *echoStream(requests, context) {
      before(context);
      for await (const { payload } of requests) yield { payload };
      after(context);
    },
  };
}

const answers: Readonly<Record<string, number[]>> = {
  unary: [3],
  'server streaming': [3, 3],
  'client streaming': [3],
  bidirectional: [3, 0],
};

const kindsByMaker = kinds.flatMap(([kind, call]) => [
  { kind, call, whose: 'bus.client()', maker: ours },
  { kind, call, whose: "Connect's createClient()", maker: connects },
]);

describe.each(kindsByMaker)('a $kind call by $whose', ({ kind, call, maker }) => {
  const clientFor: typeof clientOf = (implementation, options) =>
    clientOf(implementation, { ...options, maker });

  it('brings headers there and headers and trailers back, binary and repeated ones too', async () => {
    const client = await clientFor(
      echoOf(
        ({ requestHeader, responseHeader }) => {
          responseHeader.set('x-echo', requestHeader.get('x-ask') ?? '');
          responseHeader.set('token-bin', requestHeader.get('token-bin') ?? '');
        },
        ({ responseTrailer }) => {
          responseTrailer.append('x-trail', 'one');
          responseTrailer.append('x-trail', 'two');
        },
      ),
    );
    const seen: (string | null)[] = [];
    const answer = await call(client, {
      headers: [
        ['X-Ask', 'a'],
        ['x-ask', 'b'],
        ['token-bin', 'AAEC/w'],
      ],
      onHeader: (header) => seen.push(header.get('x-echo'), header.get('token-bin')),
      onTrailer: (trailer) => seen.push(trailer.get('x-trail')),
    });
    expect(answer).toEqual(answers[kind]);
    expect(seen).toEqual(['a, b', 'AAEC/w', 'one, two']);
  });

  it('brings an error with code, details, metadata, headers and trailers', async () => {
    const client = await clientFor(
      echoOf(({ responseHeader, responseTrailer }) => {
        responseHeader.set('x-head', 'h');
        responseTrailer.set('x-trail', 't');
        throw new ConnectError('no', Code.FailedPrecondition, { 'x-why': 'because' }, [
          { desc: DebugInfoSchema, value: { detail: 'somewhere' } },
        ]);
      }),
    );
    let header: string | null = null;
    const onHeader = (headers: Headers): void => {
      header = headers.get('x-head');
    };
    const error = await failureOf(call(client, { onHeader }));
    expect([error.code, error.rawMessage]).toEqual([Code.FailedPrecondition, 'no']);
    // A stream has told its header by then; any other call tells it with the error.
    expect(header ?? error.metadata.get('x-head')).toBe('h');
    expect(error.findDetails(DebugInfoSchema).map(({ detail }) => detail)).toEqual(['somewhere']);
    expect([error.metadata.get('x-why'), error.metadata.get('x-trail')]).toEqual(['because', 't']);
  });

  it('keeps the text of an unknown error to itself', async () => {
    const client = await clientFor(
      echoOf(() => {
        throw new TypeError('the password is hunter2');
      }),
    );
    const error = await failureOf(call(client));
    expect(error.code).toBe(Code.Internal);
    expect(error.message).not.toContain('hunter2');
  });

  it('of a method that its worker leaves out is UNIMPLEMENTED, and never starts', async () => {
    const error = await failureOf(call(await clientFor({})));
    expect([error.code, faultReason(error), callFate(error)]).toEqual([
      Code.Unimplemented,
      'NOT_IMPLEMENTED',
      'never-started',
    ]);
  });

  it('passes interceptors on both sides, with context values at either', async () => {
    const order: string[] = [];
    const key = createContextKey('none');
    const named =
      (name: string): Interceptor =>
      (next) =>
      async (request) => {
        order.push(`${name} ${request.contextValues.get(key)}`);
        request.header.append('x-path', name);
        request.contextValues.set(key, name);
        const response = await next(request);
        order.push(`${name} back`);
        response.header.append('x-path', name);
        return response;
      };
    const client = await clientFor(
      echoOf((context) => {
        order.push(`handler ${context.values.get(key)} ${context.requestHeader.get('x-path')}`);
      }),
      {
        server: { interceptors: [named('s1'), named('s2')] },
        client: { interceptors: [named('c1'), named('c2')] },
      },
    );
    let path: string | null = null;
    const answer = await call(client, {
      contextValues: createContextValues().set(key, 'mine'),
      onHeader: (header) => {
        path = header.get('x-path');
      },
    });
    expect(answer).toEqual(answers[kind]);
    expect(order.filter((step) => !step.endsWith('back'))).toEqual([
      'c1 mine',
      'c2 c1',
      's1 none',
      's2 s1',
      'handler s2 c1, c2, s1, s2',
    ]);
    expect(path).toBe('s2, s1, c2, c1');
  });

  it('is refused by an interceptor of either side', async () => {
    const refuse: Interceptor = () => () => {
      throw new ConnectError('who are you', Code.Unauthenticated);
    };
    const there = await clientFor(
      echoOf(() => {}),
      { server: { interceptors: [refuse] } },
    );
    expect((await failureOf(call(there))).code).toBe(Code.Unauthenticated);
    await system.reset();
    const here = await clientFor(
      echoOf(() => {}),
      { client: { interceptors: [refuse] } },
    );
    expect((await failureOf(call(here))).code).toBe(Code.Unauthenticated);
  });
});

describe('interceptors of streams', () => {
  it('can change every message, both ways, on both sides', async () => {
    const grow =
      (by: number): Interceptor =>
      (next) =>
      async (request) => {
        if (!request.stream) return next(request);
        const response = await next({ ...request, message: longer(request.message, by) });
        return response.stream ? { ...response, message: longer(response.message, by) } : response;
      };
    async function* longer<T>(messages: AsyncIterable<T>, by: number): AsyncIterable<T> {
      for await (const message of messages) {
        const { payload } = message as { payload: Uint8Array };
        yield { ...message, payload: new Uint8Array(payload.length + by) };
      }
    }
    const client = await clientOf(
      echoOf(() => {}),
      {
        server: { interceptors: [grow(10)] },
        client: { interceptors: [grow(100)] },
      },
    );
    expect(await sizesOf(client.echoStream(input(1, 2)))).toEqual([221, 222]);
  });
});

describe('messages of a stream', () => {
  it('may be none in either direction', async () => {
    const client = await clientOf(echoOf(() => {}));
    expect(await sizesOf(client.generate({}))).toEqual([]);
    expect(await sizesOf(client.echoStream(input()))).toEqual([]);
    expect((await client.collect(input())).payloadBytes).toBe(0n);
  });

  it('may be empty, between large ones', async () => {
    const client = await clientOf(echoOf(() => {}));
    const sizes = [0, 10 * 1_048_576, 0, 0, 1, 1_048_576, 0];
    expect(await sizesOf(client.echoStream(input(...sizes)))).toEqual(sizes);
    expect((await client.collect(input(...sizes))).payloadBytes).toBe(BigInt(11 * 1_048_576 + 1));
  });

  it('are all held to the rules of their contract, and the handler is told to stop', async () => {
    const heard: unknown[] = [];
    await (await system.connect()).serve({
      name: 'chat',
      version: '1.0.0',
      services: [
        implement(GreetService, {
          async *chat(requests, { signal }) {
            try {
              for await (const { name } of requests) yield { greeting: name };
            } finally {
              // Undefined while the call is not over.
              heard.push((signal.reason as ConnectError | undefined)?.code);
            }
          },
        }),
      ],
    });
    const client = createClient(GreetService, (await system.connect()).transport());
    async function* names(...all: string[]) {
      for (const name of all) {
        yield { name };
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    const greetings: string[] = [];
    const talk = async (...all: string[]): Promise<void> => {
      for await (const { greeting } of client.chat(names(...all))) greetings.push(greeting);
    };
    const error = await failureOf(talk('ada', 'ben', '', 'cid'));
    expect(error.code).toBe(Code.InvalidArgument);
    expect(error.findDetails(BadRequestSchema)[0]?.fieldViolations[0]?.field).toBe('name');
    await until('the handler heard of it', () => heard.length > 0);
    expect(heard).toEqual([Code.InvalidArgument]);
    expect(greetings).not.toContain('cid');
    await talk('dan');
    expect(greetings.at(-1)).toBe('dan');
  });
});

describe('an error after messages', () => {
  const details = (detailBytes: number) => [
    { desc: DebugInfoSchema, value: { detail: 'd'.repeat(detailBytes) } },
  ];

  it.each([
    ['small details', 100],
    ['details larger than the limit of the broker', 2 * 1_048_576],
  ])('comes with %s, or without those that cannot travel', async (_, detailBytes) => {
    const client = await clientOf({
      async *generate() {
        yield bytes(1);
        yield bytes(2);
        throw new ConnectError('enough', Code.OutOfRange, undefined, details(detailBytes));
      },
    });
    const seen: number[] = [];
    const error = await failureOf(
      (async () => {
        for await (const { payload } of client.generate({}, { timeoutMs: 4_000 })) seen.push(payload.length);
      })(),
    );
    expect(seen).toEqual([1, 2]);
    expect([error.code, error.rawMessage]).toEqual([Code.OutOfRange, 'enough']);
  });

  it('of a handler that still had messages to read leaves the worker ready for the next', async () => {
    const client = await clientOf({
      async collect(requests) {
        for await (const _ of requests) throw new ConnectError('one is enough', Code.Aborted);
        return {};
      },
    });
    async function* endless() {
      for (;;) {
        yield bytes(10_000);
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    for (let n = 0; n < 3; n++) expect((await failureOf(client.collect(endless()))).code).toBe(Code.Aborted);
  });

  it('that is no message of the method fails the call', async () => {
    const client = await clientOf({
      // What the types do not allow, a cast or plain JavaScript does.
      async *generate() {
        yield bytes(1);
        yield 'text' as unknown as ReturnType<typeof bytes>;
      },
    });
    const error = await failureOf(sizesOf(client.generate({})));
    expect(error.code).toBe(Code.Internal);
  });
});
