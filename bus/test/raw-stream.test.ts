import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { implement, type RawStream, type RawStreamCall } from '@busline/bus';
import {
  EchoService,
  EchoStreamResponseSchema,
  GenerateRequestSchema,
} from '@busline/schemas/busline/bench/v1/bench';
import { Code, ConnectError, type ServiceImpl } from '@connectrpc/connect';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type System, startSystem } from './system.ts';

// The stream of bytes that gateways use, against handlers that know the messages.
let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterEach(() => system.reset());
afterAll(() => system.close());

interface Heard {
  header: Headers | undefined;
  readonly sizes: number[];
  trailer: Headers | undefined;
  error: ConnectError | undefined;
}

/** Opens a stream and releases each message as it comes; `ended` resolves with all that was heard. */
async function open(
  implementation: Partial<ServiceImpl<typeof EchoService>>,
  call: Omit<RawStreamCall, 'service'>,
  onMessage: (stream: RawStream) => void = () => undefined,
): Promise<{ stream: RawStream; ended: Promise<Heard> }> {
  await (await system.connect()).serve({
    name: 'echo',
    version: '1.0.0',
    services: [implement(EchoService, implementation)],
  });
  const bus = await system.connect();
  const heard: Heard = { header: undefined, sizes: [], trailer: undefined, error: undefined };
  const { promise: ended, resolve } = Promise.withResolvers<Heard>();
  const stream = bus.openStream(
    { service: EchoService.typeName, ...call },
    {
      onHeader(header) {
        heard.header = header;
      },
      onMessage(message, release) {
        heard.sizes.push(fromBinary(EchoStreamResponseSchema, message).payload.length);
        release();
        onMessage(stream);
      },
      onWritable() {},
      onEnd(trailer) {
        heard.trailer = trailer;
        resolve(heard);
      },
      onError(error) {
        heard.error = error;
        resolve(heard);
      },
    },
  );
  return { stream, ended };
}

const payload = (size: number) =>
  toBinary(EchoStreamResponseSchema, create(EchoStreamResponseSchema, { payload: new Uint8Array(size) }));

describe('openStream()', () => {
  it('sends the one request with the opening and tells header, messages and trailer', async () => {
    const { ended } = await open(
      {
        async *generate({ count }, context) {
          context.responseHeader.set('a', '1');
          for (let i = 0; i < Number(count); i++) yield { payload: new Uint8Array(i) };
          context.responseTrailer.set('b', '2');
        },
      },
      {
        method: 'Generate',
        request: toBinary(GenerateRequestSchema, create(GenerateRequestSchema, { count: 3n })),
      },
    );
    const { header, sizes, trailer, error } = await ended;
    expect([header?.get('a'), sizes, trailer?.get('b'), error]).toEqual(['1', [0, 1, 2], '2', undefined]);
  });

  it('writes in both directions until both sides are done', async () => {
    const { stream, ended } = await open(
      {
        async *echoStream(requests) {
          for await (const { payload } of requests) yield { payload };
        },
      },
      { method: 'EchoStream' },
      (open) => open.end(),
    );
    stream.write(payload(100_000));
    expect(await ended).toMatchObject({ sizes: [100_000], error: undefined });
  });

  it('tells the error of the worker', async () => {
    const { ended } = await open(
      {
        // biome-ignore lint/correctness/useYield: it fails before its first message
        async *generate() {
          throw new ConnectError('no more', Code.OutOfRange, { c: '3' });
        },
      },
      { method: 'Generate', request: new Uint8Array() },
    );
    const { header, error } = await ended;
    expect([header, error?.code, error?.rawMessage, error?.metadata.get('c')]).toEqual([
      undefined,
      Code.OutOfRange,
      'no more',
      '3',
    ]);
  });

  it('cancels at the worker too', async () => {
    const cancelled = Promise.withResolvers<void>();
    const { stream, ended } = await open(
      {
        async *echoStream(_, context) {
          yield { payload: new Uint8Array(1) };
          context.signal.addEventListener('abort', () => cancelled.resolve());
          await cancelled.promise;
        },
      },
      { method: 'EchoStream' },
      (open) => open.cancel(new ConnectError('enough', Code.Canceled)),
    );
    stream.write(payload(1));
    expect((await ended).error?.code).toBe(Code.Canceled);
    await cancelled.promise;
  });
});
