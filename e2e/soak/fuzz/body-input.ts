import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { SeededRandom } from '../seeded-random.ts';
import { mutate, oneOf, randomBytes } from './mutate.ts';

/** A request as HTTP has it, whatever its version. */
export interface FuzzRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
}

const greeter = '/greet.v1.GreetService';
const echo = '/connectrpc.conformance.v1.ConformanceService';
const procedures = ['SayHello', 'Chat', 'Nobody'].map((method) => `${greeter}/${method}`);
procedures.push(
  ...['Unary', 'ServerStream', 'ClientStream', 'BidiStream', 'Unimplemented'].map((m) => `${echo}/${m}`),
);

const json = JSON.stringify({ name: 'Ada' });
/** SayHelloRequest { name: "Ada" } */
const message = Buffer.from([0x0a, 3, 0x41, 0x64, 0x61]);

/** 32 MiB that pack into some kilobytes: 128 times what the edge under test takes. */
const bombs = { gzip: gzipSync(Buffer.alloc(32 << 20)), br: brotliCompressSync(Buffer.alloc(32 << 20)) };

const texts: readonly ((random: SeededRandom) => Uint8Array)[] = [
  (random) => mutate(random, Buffer.from(json)),
  // Deep, which recursive parsers do not survive.
  (random) => Buffer.from(oneOf(random, ['[', '{"a":', '{"name":[']).repeat(1 + random.below(20_000))),
  (random) => Buffer.from(`{"name":"${'\\ud800'.repeat(random.below(5))}"}`),
  (random) =>
    Buffer.concat([Buffer.from('{"name":"'), randomBytes(random, random.below(32)), Buffer.from('"}')]),
  (random) =>
    Buffer.from(
      `{"name":${oneOf(random, ['1e999', '-0', '"\\u0000"', 'null', 'NaN', '9'.repeat(400), '{}'])}}`,
    ),
  (random) => Buffer.from(`{"requestData":"${oneOf(random, ['====', 'a', '*', 'AA=A', '-_-_'])}"}`),
  () =>
    Buffer.from(
      '{"responseDefinition":{"error":{"details":[{"@type":"type.googleapis.com/no.Such","x":1}]}}}',
    ),
];
const binaries: readonly ((random: SeededRandom) => Uint8Array)[] = [
  (random) => mutate(random, message),
  (random) => randomBytes(random, random.below(64)),
  // A length that lies, a name that is no UTF-8, groups that do not end, a tag of eleven bytes.
  () => Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]),
  () => Buffer.from([0x0a, 2, 0xc3, 0x28]),
  (random) => Buffer.alloc(1 + random.below(20_000), 0x0b),
  () => Buffer.alloc(11, 0xff),
];

function payload(random: SeededRandom, isJson: boolean): Uint8Array {
  return oneOf(random, isJson ? texts : binaries)(random);
}

/** Envelopes: flags, a length that may lie, a message. */
function envelopes(random: SeededRandom, isJson: boolean): Buffer {
  const parts: Uint8Array[] = [];
  for (let left = random.below(4); left >= 0; left--) {
    const flags = oneOf(random, [0, 0, 0, 1, 2, 3, 0x80, 0xff]);
    const content = flags === 1 && random.chance(0.2) ? bombs.gzip : payload(random, isJson);
    const head = Buffer.alloc(5);
    head[0] = flags;
    head.writeUInt32BE(
      random.chance(0.7) ? content.length : oneOf(random, [0, 1, 0x7fffffff, 0xffffffff, content.length + 1]),
      1,
    );
    parts.push(head, content);
  }
  const all = Buffer.concat(parts);
  return random.chance(0.2) ? all.subarray(0, random.below(all.length + 1)) : all;
}

/** A request of one of the protocols with something wrong in its body or with what it says of it. */
export function badRequest(random: SeededRandom): FuzzRequest {
  const target = oneOf(random, procedures);
  const codec = oneOf(random, ['proto', 'json', 'proto', 'json', 'xml', '']);
  const isJson = codec === 'json';
  const headers: (readonly [string, string])[] = [];
  const coding = oneOf(random, ['gzip', 'br', 'identity', 'zstd', 'gzip, gzip', '']);
  const timeout = oneOf(random, ['1', '-1', '99999999999999', 'soon', '1S', '100m', '99999999H', '0n']);
  const odd = (name: string, value: string, probability: number): void => {
    if (random.chance(probability)) headers.push([name, value]);
  };
  odd('accept-encoding', coding, 0.2);
  switch (random.below(6)) {
    case 0: {
      odd('content-encoding', coding, 0.3);
      odd('connect-timeout-ms', timeout, 0.3);
      odd('connect-protocol-version', oneOf(random, ['1', '2', '']), 0.3);
      const bomb = coding === 'gzip' || coding === 'br' ? bombs[coding] : undefined;
      const body = bomb !== undefined && random.chance(0.3) ? bomb : payload(random, isJson);
      return {
        method: 'POST',
        target,
        headers: [['content-type', `application/${codec}`], ...headers],
        body,
      };
    }
    case 1:
      odd('connect-content-encoding', coding, 0.3);
      return {
        method: 'POST',
        target,
        headers: [['content-type', `application/connect+${codec}`], ...headers],
        body: envelopes(random, isJson),
      };
    case 2:
      odd('grpc-encoding', coding, 0.3);
      odd('grpc-timeout', timeout, 0.3);
      odd('x-bin', oneOf(random, ['AA', '%', '=']), 0.2);
      return {
        method: 'POST',
        target,
        headers: [['content-type', `application/grpc+${codec}`], ['te', 'trailers'], ...headers],
        body: envelopes(random, isJson),
      };
    case 3: {
      const content = envelopes(random, isJson);
      odd('grpc-timeout', timeout, 0.3);
      const isText = random.chance(0.5);
      return {
        method: 'POST',
        target,
        headers: [['content-type', `application/grpc-web${isText ? '-text' : ''}+${codec}`], ...headers],
        body: isText ? mutate(random, Buffer.from(content.toString('base64'))) : content,
      };
    }
    case 4: {
      const encoding = oneOf(random, ['json', 'proto', 'xml']);
      const given = mutate(
        random,
        Buffer.from(encoding === 'json' ? json : message.toString('base64url')),
      ).toString('latin1');
      const query = `encoding=${encoding}&base64=${random.below(2)}&compression=${coding}&connect=v1&message=`;
      return {
        method: 'GET',
        target: `${greeter}/SayHello?${query}${encodeURIComponent(given)}`,
        headers,
        body: Buffer.alloc(0),
      };
    }
    default:
      return {
        method: oneOf(random, ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'TRACE']),
        target: oneOf(random, [
          `/v1/hello/${oneOf(random, ['%', '%ff', '%2f', '..', '%00', 'a/b', 'x'.repeat(500), 'Ada?name=Bob&name=Eve'])}`,
          '/openapi.json?x=%',
          '/docs/../../x',
          '/readyz/',
          '//',
        ]),
        headers: [
          ['content-type', oneOf(random, ['application/json', 'text/plain', '', 'multipart/form-data'])],
          ...headers,
        ],
        body: random.chance(0.5) ? payload(random, true) : Buffer.alloc(0),
      };
  }
}
