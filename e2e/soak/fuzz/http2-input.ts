import type { SeededRandom } from '../seeded-random.ts';
import { badRequest, type FuzzRequest } from './body-input.ts';
import type { FuzzInput } from './input.ts';
import { mutate, oneOf, randomBytes } from './mutate.ts';

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
const type = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  push: 5,
  ping: 6,
  goaway: 7,
  window: 8,
  continuation: 9,
};
const endStream = 1;
const endHeaders = 4;

interface Frame {
  readonly type: number;
  readonly flags?: number;
  readonly stream?: number;
  readonly payload?: Uint8Array;
}

/** RFC 9113, section 4.1. */
function encodeFrame({ type, flags = 0, stream = 0, payload = Buffer.alloc(0) }: Frame): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length & 0xffffff, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream >>> 0, 5);
  return Buffer.concat([head, payload]);
}

/** A field as a literal without index and without Huffman (RFC 7541, section 6.2.2). */
function encodeField(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.of(0), encodeText(name), encodeText(value)]);
}

function encodeText(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  const length: number[] = [];
  if (bytes.length < 127) {
    length.push(bytes.length);
  } else {
    length.push(127);
    let rest = bytes.length - 127;
    for (; rest >= 128; rest >>= 7) length.push((rest & 127) | 128);
    length.push(rest);
  }
  return Buffer.concat([Buffer.from(length), bytes]);
}

function headerBlock({ method, target, headers }: FuzzRequest): Buffer {
  const pseudo: [string, string][] = [
    [':method', method],
    [':path', target],
    [':scheme', 'http'],
    [':authority', 'fuzz'],
  ];
  return Buffer.concat([...pseudo, ...headers].map(([name, value]) => encodeField(name, value)));
}

function requestFrames(request: FuzzRequest, stream: number): Buffer[] {
  const { body } = request;
  const frames = [
    encodeFrame({
      type: type.headers,
      flags: endHeaders | (body.length === 0 ? endStream : 0),
      stream,
      payload: headerBlock(request),
    }),
  ];
  for (let at = 0; at < body.length; at += 16_384) {
    const payload = body.subarray(at, at + 16_384);
    frames.push(
      encodeFrame({ type: type.data, flags: at + 16_384 >= body.length ? endStream : 0, stream, payload }),
    );
  }
  return frames;
}

const settings = encodeFrame({ type: type.settings });

/** A session in order, with a request that has a bad body or bad fields. */
export function http2Request(random: SeededRandom): FuzzInput {
  const request = badRequest(random);
  const oddFields: [string, string][] = [
    ['UPPER', 'case'],
    ['connection', 'close'],
    [':status', '200'],
    ['transfer-encoding', 'chunked'],
    ['content-length', '3'],
    ['te', 'gzip'],
    ['empty', ''],
    ['', 'nameless'],
    ['large', 'x'.repeat(20_000)],
    ['control', 'a\u0001b'],
  ];
  const headers = random.chance(0.2) ? [...request.headers, oneOf(random, oddFields)] : request.headers;
  const frames = requestFrames({ ...request, headers }, 1);
  // Without its last frame the request does not end; whoever waits for it must give up.
  if (frames.length > 1 && random.chance(0.05)) frames.pop();
  return { kind: 'http2Request', bytes: Buffer.concat([preface, settings, ...frames]), patienceMs: 500 };
}

/** Frames of any kind in any order, then with bytes wrong. */
export function http2Frames(random: SeededRandom): FuzzInput {
  const frames: Buffer[] = random.chance(0.9) ? [settings] : [];
  const someStream = (): number => oneOf(random, [0, 1, 1, 3, 2, 5, 0x7fffffff, 0xffffffff]);
  for (let left = 1 + random.below(12); left > 0; left--) {
    if (random.chance(0.4)) frames.push(...requestFrames(badRequest(random), 1 + 2 * random.below(4)));
    else
      frames.push(
        encodeFrame({
          type: random.below(12),
          flags: random.chance(0.5) ? oneOf(random, [0, endStream, endHeaders, 5, 8, 32]) : random.below(256),
          stream: someStream(),
          payload: randomBytes(random, oneOf(random, [0, 1, 4, 5, 6, 8, 17, 200])),
        }),
      );
  }
  // Up to 500 of one kind: resets, pings, settings, empty frames.
  if (random.chance(0.02)) {
    const flood = encodeFrame(
      oneOf(random, [
        { type: type.ping, payload: Buffer.alloc(8) },
        { type: type.settings },
        { type: type.data, stream: 1 },
        { type: type.continuation, stream: 1 },
        { type: type.reset, stream: 1, payload: Buffer.from([0, 0, 0, 8]) },
        { type: type.window, payload: Buffer.from([0x7f, 0xff, 0xff, 0xff]) },
      ]),
    );
    frames.push(...Array.from({ length: random.below(500) }, () => flood));
  }
  const bytes = Buffer.concat([
    preface,
    random.chance(0.5) ? mutate(random, Buffer.concat(frames)) : Buffer.concat(frames),
  ]);
  return {
    kind: 'http2Frames',
    bytes,
    patienceMs: random.chance(0.01) ? Number.POSITIVE_INFINITY : oneOf(random, [0, 5, 30]),
  };
}
