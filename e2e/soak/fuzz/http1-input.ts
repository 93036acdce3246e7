import type { SeededRandom } from '../seeded-random.ts';
import { badRequest, type FuzzRequest } from './body-input.ts';
import type { FuzzInput } from './input.ts';
import { mutate, oneOf } from './mutate.ts';

/** A request as bytes, its length told rightly. */
function encodeHttp1({ method, target, headers, body }: FuzzRequest, framing: string): Buffer {
  const lines = [
    `${method} ${target} HTTP/1.1`,
    'host: fuzz',
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n${framing}\r\n`, 'latin1'), body]);
}

const ownFramings = [
  'content-length: -1',
  'content-length: 5\r\ncontent-length: 6',
  'transfer-encoding: chunked',
  'transfer-encoding: gzip, chunked',
  'content-length: 5\r\ntransfer-encoding: chunked',
  'content-length: 99999999999999999999',
  'expect: 100-continue',
  'expect: miracles',
  'upgrade: websocket\r\nconnection: upgrade',
];

/** A good frame around a bad body. */
export function http1Body(random: SeededRandom): FuzzInput {
  const request = badRequest(random);
  const framing = `content-length: ${request.body.length}\r\nconnection: close\r\n`;
  return { kind: 'http1Body', bytes: encodeHttp1(request, framing), patienceMs: 500 };
}

/** Bytes that are no request of HTTP/1 any more, or lie about where it ends. */
export function http1Bytes(random: SeededRandom): FuzzInput {
  const request = badRequest(random);
  const framing = random.chance(0.5) ? oneOf(random, ownFramings) : `content-length: ${request.body.length}`;
  const bytes = mutate(random, encodeHttp1(request, `${framing}\r\n`));
  return {
    kind: 'http1Bytes',
    bytes,
    patienceMs: random.chance(0.01) ? Number.POSITIVE_INFINITY : oneOf(random, [0, 5, 30]),
  };
}
