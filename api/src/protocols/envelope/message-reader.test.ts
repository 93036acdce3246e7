import { brotliCompressSync, gzipSync } from 'node:zlib';
import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { edgeRequest } from '../../edge-request.ts';
import type { EdgeRequest } from '../../exchange.ts';
import {
  type MessageFlow,
  type MessageReaderOptions,
  readMessages,
  readSingleMessage,
} from './message-reader.ts';
import { envelope, packedFlag } from './prefix.ts';

const maxMessageBytes = 1000;
const plain: MessageReaderOptions = { maxMessageBytes, coding: undefined, decode: (message) => message };

/** A request whose body comes in the given pieces, as they are asked for. */
function requestOf(pieces: readonly Uint8Array[]): { request: EdgeRequest; asked(): number } {
  let next = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const piece = pieces[next++];
        if (piece === undefined) controller.close();
        else controller.enqueue(piece);
      },
    },
    { highWaterMark: 0 },
  );
  const raw = new Request('http://edge.test/', { method: 'POST', body, duplex: 'half' } as RequestInit);
  return { request: edgeRequest(raw, undefined), asked: () => next };
}

/** All that is told of a body, the messages as text. */
function read(
  pieces: readonly Uint8Array[],
  options: MessageReaderOptions,
  onMessage: (flow: MessageFlow) => void = () => undefined,
): Promise<{ texts: string[]; code: Code | undefined }> {
  return new Promise((resolve) => {
    const texts: string[] = [];
    const flow = readMessages(requestOf(pieces).request, options, {
      onMessage(message) {
        texts.push(Buffer.from(message).toString());
        onMessage(flow);
      },
      onEnd: () => resolve({ texts, code: undefined }),
      onError: ({ code }) => resolve({ texts, code }),
    });
  });
}

const of = (flags: number, text: string | Uint8Array): Buffer =>
  Buffer.concat(envelope(flags, Buffer.from(text)));

describe('the messages of a request', () => {
  it('come in order, packed or not', async () => {
    const body = Buffer.concat([
      of(0, 'one'),
      of(packedFlag, gzipSync('two'.repeat(100))),
      of(0, ''),
      of(packedFlag, ''),
      of(packedFlag, gzipSync('five')),
    ]);
    const expected = { texts: ['one', 'two'.repeat(100), '', '', 'five'], code: undefined };
    expect(await read([body], { ...plain, coding: 'gzip' })).toEqual(expected);
    const bytes = [...body].map((byte) => Uint8Array.of(byte));
    expect(await read(bytes, { ...plain, coding: 'gzip' })).toEqual(expected);
  });

  it('can be packed by brotli', async () => {
    const body = of(packedFlag, brotliCompressSync('packed'));
    expect(await read([body], { ...plain, coding: 'br' })).toEqual({ texts: ['packed'], code: undefined });
  });

  it('wait while nobody takes them, in the body and not here', async () => {
    const { request, asked } = requestOf(Array.from({ length: 10 }, (_, i) => of(0, `${i}`)));
    const texts: string[] = [];
    let second = Promise.withResolvers<void>();
    const end = Promise.withResolvers<void>();
    const flow = readMessages(request, plain, {
      onMessage(message) {
        texts.push(Buffer.from(message).toString());
        flow.pause();
        second.resolve();
      },
      onEnd: end.resolve,
      onError: end.reject,
    });
    for (let count = 1; count <= 10; count++) {
      await second.promise;
      second = Promise.withResolvers();
      // The reader has the message it told, and none beyond it.
      expect([texts.length, asked()]).toEqual([count, count]);
      flow.resume();
    }
    await end.promise;
    expect(texts.join('')).toBe('0123456789');
  });

  it('stop when they are not wanted any more', async () => {
    const texts: string[] = [];
    await new Promise<void>((resolve) => {
      const flow = readMessages(requestOf([of(0, 'a'), of(0, 'b')]).request, plain, {
        onMessage(message) {
          texts.push(Buffer.from(message).toString());
          flow.stop();
          setImmediate(resolve);
        },
        onEnd: () => expect.unreachable(),
        onError: () => expect.unreachable(),
      });
    });
    expect(texts).toEqual(['a']);
  });

  const bomb = gzipSync(Buffer.alloc(10_000_000));
  it.each<[what: string, body: Buffer, options: Partial<MessageReaderOptions>, texts: string[], code: Code]>([
    ['ends within a prefix', of(0, 'one').subarray(0, 3), {}, [], Code.InvalidArgument],
    [
      'ends within a message',
      Buffer.concat([of(0, 'a'), of(0, 'one').subarray(0, 7)]),
      {},
      ['a'],
      Code.InvalidArgument,
    ],
    ['has flags that are not known', of(4, 'one'), {}, [], Code.InvalidArgument],
    ['is packed, and nothing says how', of(packedFlag, gzipSync('one')), {}, [], Code.Internal],
    ['is not what its coding says', of(packedFlag, 'one'), { coding: 'gzip' }, [], Code.InvalidArgument],
    ['is over the limit', of(0, Buffer.alloc(maxMessageBytes + 1)), {}, [], Code.ResourceExhausted],
    [
      'unpacks to more than the limit',
      of(packedFlag, gzipSync(Buffer.alloc(1001))),
      { coding: 'gzip' },
      [],
      Code.ResourceExhausted,
    ],
    [
      'is a bomb',
      of(packedFlag, bomb),
      { coding: 'gzip', maxMessageBytes: 20_000 },
      [],
      Code.ResourceExhausted,
    ],
    [
      'has a message that cannot be read',
      of(0, 'one'),
      {
        decode() {
          throw new ConnectError('no', Code.OutOfRange);
        },
      },
      [],
      Code.OutOfRange,
    ],
  ])('fail where the body %s', async (_, body, options, texts, code) => {
    expect(await read([body], { ...plain, ...options })).toEqual({ texts, code });
  });
});

describe('a request of one message', () => {
  const single = (body: Buffer) =>
    readSingleMessage(requestOf([body]).request, plain).then(
      (message) => Buffer.from(message).toString(),
      (error) => ConnectError.from(error).code,
    );

  it.each([
    ['one', of(0, 'only'), 'only'],
    ['none', Buffer.alloc(0), Code.Unimplemented],
    ['two', Buffer.concat([of(0, 'a'), of(0, 'b')]), Code.Unimplemented],
    ['half of one', of(0, 'only').subarray(0, 6), Code.InvalidArgument],
  ])('has %s', async (_, body, expected) => {
    expect(await single(body)).toBe(expected);
  });
});
