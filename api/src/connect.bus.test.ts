import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { create, fromBinary, toBinary, toJson } from '@bufbuild/protobuf';
import { ErrorInfoSchema } from '@busline/schemas/google/rpc/error_details';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EdgeFixture, startEdgeFixture } from '../testing/edge-fixture.ts';

let edge: EdgeFixture;
beforeAll(async () => {
  edge = await startEdgeFixture({ limits: { maxBodyBytes: 64 * 1024 } });
});
afterAll(() => edge[Symbol.asyncDispose]());

const path = '/test.sink.v1.SinkService';
const json = { 'content-type': 'application/json' };

function post(
  method: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = json,
): Promise<Response> {
  return edge.request(`POST ${path}/${method}`, { body, headers });
}

/** Lines `name: value` of the metadata the worker saw. */
async function seenMetadata(headers: Record<string, string>): Promise<string[]> {
  const response = await post('Echo', '{"text":"metadata"}', { ...json, ...headers });
  return ((await response.json()) as { texts: string[] }).texts;
}

describe('a Connect unary call', () => {
  it('in JSON', async () => {
    const response = await post('Echo', '{"text":"héllo","int64Value":"9007199254740993"}');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.text()).toBe('{"text":"héllo","int64Value":"9007199254740993"}');
  });

  it('in binary, also fields that the contract does not know', async () => {
    const sink = edge.sink.message('Sink');
    const unknownField = Uint8Array.of(0xfa, 0x3f, 1, 0x61);
    const body = Buffer.concat([toBinary(sink, create(sink, { text: 'raw', int32Value: -1 })), unknownField]);
    const response = await post('Echo', new Uint8Array(body), { 'content-type': 'application/proto' });
    expect(response.headers.get('content-type')).toBe('application/proto');
    const bytes = new Uint8Array(await response.arrayBuffer());
    expect(toJson(sink, fromBinary(sink, bytes))).toEqual({ text: 'raw', int32Value: -1 });
    expect(Buffer.from(bytes).includes(Buffer.from(unknownField))).toBe(true);
  });

  it('in binary with an empty message', async () => {
    const response = await post('Echo', new Uint8Array(), { 'content-type': 'application/proto' });
    expect([response.status, (await response.arrayBuffer()).byteLength]).toEqual([200, 0]);
  });

  it.each(['application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"'])(
    'takes %s',
    async (contentType) => {
      expect((await post('Echo', '{}', { 'content-type': contentType })).status).toBe(200);
    },
  );

  it('carries metadata both ways', async () => {
    const response = await post('Echo', '{"text":"metadata"}', {
      ...json,
      'X-Custom': 'a',
      'x-data-bin': 'AQI',
    });
    expect(response.headers.get('x-answer')).toBe('42');
    expect(response.headers.get('trailer-x-trailer')).toBe('last');
    const { texts } = (await response.json()) as { texts: string[] };
    expect(texts).toEqual(expect.arrayContaining(['x-custom: a', 'x-data-bin: AQI']));
  });

  it('keeps to itself what is about HTTP, the client or the bus', async () => {
    const seen = await seenMetadata({
      'accept-encoding': 'gzip',
      'user-agent': 'x',
      cookie: 'session=1',
      baggage: 'a=b',
      'sec-fetch-mode': 'cors',
      'nats-msg-id': '1',
      'bl-timeout': '1',
      'trailer-x': '1',
      'connect-timeout-ms': '5000',
      authorization: 'Bearer t',
    });
    const names = seen.map((line) => line.split(':')[0]);
    expect(names.filter((name) => name !== 'traceparent').sort()).toEqual(['authorization', 'x-request-id']);
  });

  it.each([
    ['1500', 1500],
    ['9999999999', 60_000],
    [undefined, 10_000],
  ])('with the timeout %s leaves the worker at most %d ms', async (timeout, maxMs) => {
    const headers = { ...json, ...(timeout !== undefined && { 'connect-timeout-ms': timeout }) };
    const { int64Value } = (await (await post('Echo', '{"text":"time"}', headers)).json()) as {
      int64Value: string;
    };
    expect(Number(int64Value)).toBeLessThanOrEqual(maxMs);
    expect(Number(int64Value)).toBeGreaterThan(maxMs - 1000);
  });

  it('ends at its deadline', async () => {
    const response = await post('Echo', '{"text":"hang"}', { ...json, 'connect-timeout-ms': '50' });
    expect([response.status, await response.json()]).toEqual([
      504,
      expect.objectContaining({ code: 'deadline_exceeded' }),
    ]);
    expect(await (await post('Echo', '{}', { ...json, 'connect-timeout-ms': '0' })).json()).toMatchObject({
      code: 'deadline_exceeded',
    });
  });
});

describe('compression', () => {
  it.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['identity', (text: string) => Buffer.from(text)],
  ] as const)('of requests: %s', async (coding, pack) => {
    const response = await post('Echo', new Uint8Array(pack('{"text":"packed"}')), {
      ...json,
      'content-encoding': coding,
    });
    expect(await response.json()).toEqual({ text: 'packed' });
  });

  it('leaves an empty body alone', async () => {
    const headers = { 'content-type': 'application/proto', 'content-encoding': 'gzip' };
    expect((await post('Echo', new Uint8Array(), headers)).status).toBe(200);
  });

  it.each([
    ['gzip', gunzipSync],
    ['br', brotliDecompressSync],
    ['gzip, br', brotliDecompressSync],
    ['br;q=0.5, gzip;q=0.8', gunzipSync],
    ['br;q=0, *', gunzipSync],
  ] as const)('of answers: %s', async (accept, unpack) => {
    const response = await post('Echo', '{"text":"large:5000"}', { ...json, 'accept-encoding': accept });
    expect(response.headers.get('vary')).toBe('accept-encoding');
    const bytes = new Uint8Array(await response.arrayBuffer());
    expect(bytes.length).toBeLessThan(500);
    expect(JSON.parse(unpack(bytes).toString())).toEqual({ text: 'x'.repeat(5000) });
  });

  it('is not spent on small answers, nor on clients that cannot undo it', async () => {
    const small = await post('Echo', '{"text":"x"}', { ...json, 'accept-encoding': 'gzip' });
    expect(small.headers.get('content-encoding')).toBeNull();
    const large = await post('Echo', '{"text":"large:5000"}', { ...json, 'accept-encoding': 'zstd' });
    expect([large.headers.get('content-encoding'), large.headers.get('vary')]).toEqual([
      null,
      'accept-encoding',
    ]);
  });

  it('cannot hide a large message', async () => {
    const bomb = gzipSync('x'.repeat(50 * 1024 * 1024));
    expect(bomb.length).toBeLessThan(64 * 1024);
    const response = await post('Echo', new Uint8Array(bomb), { ...json, 'content-encoding': 'gzip' });
    expect([response.status, await response.json()]).toEqual([
      429,
      {
        code: 'resource_exhausted',
        message: 'the decompressed request body is larger than the limit of 65536 bytes',
      },
    ]);
  });
});

describe('a Connect GET', () => {
  const get = (query: string, headers: Record<string, string> = {}) =>
    edge.request(`GET ${path}/Get?${query}`, { headers });

  it.each([
    ['JSON', 'connect=v1&encoding=json&message=%7B%22text%22%3A%22a%20b%22%7D'],
    [
      'JSON, plus for space, other parameters, any order',
      'message=%7B%22text%22:%22a+b%22%7D&x=1&encoding=json',
    ],
    [
      'JSON in base64',
      `encoding=json&base64=1&message=${Buffer.from('{"text":"a b"}').toString('base64url')}`,
    ],
    [
      'padded base64',
      `encoding=json&base64=1&message=${encodeURIComponent(Buffer.from('{"text":"a b"}').toString('base64'))}`,
    ],
    [
      'gzip',
      `encoding=json&base64=1&compression=gzip&message=${gzipSync('{"text":"a b"}').toString('base64url')}`,
    ],
  ])('%s', async (_, query) => {
    const response = await get(query);
    expect([response.status, await response.json()]).toEqual([200, { text: 'a b' }]);
  });

  it.each([
    ['base64', (bytes: Buffer) => `base64=1&message=${bytes.toString('base64url')}`],
    [
      'percent-encoding',
      (bytes: Buffer) =>
        `message=${[...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')}`,
    ],
  ])('binary in %s', async (_, encode) => {
    const sink = edge.sink.message('Sink');
    const message = create(sink, { text: 'ÿ', int32Value: -1 });
    const response = await get(`encoding=proto&${encode(Buffer.from(toBinary(sink, message)))}`);
    expect(response.headers.get('content-type')).toBe('application/proto');
    expect(fromBinary(sink, new Uint8Array(await response.arrayBuffer()))).toEqual(message);
  });

  it.each([
    ['encoding=json', 400, 'invalid_argument', 'the parameter "message" is missing'],
    [
      'message=%7B%7D',
      415,
      'invalid_argument',
      'no content type is given; use application/proto, application/json',
    ],
    [
      'encoding=xml&message=x',
      415,
      'invalid_argument',
      'the content type is not supported; use application/proto, application/json',
    ],
    [
      'encoding=json&message=%7B',
      400,
      'invalid_argument',
      'request body: not JSON at line 1 column 2: expected a quoted key, the text ends',
    ],
    ['encoding=json&message=%', 400, 'invalid_argument', 'the query is not percent-encoded'],
    ['encoding=json&message=*&base64=1', 400, 'invalid_argument', 'the parameter "message" is not base64'],
    [
      'encoding=json&message=%7B%7D&connect=v2',
      400,
      'invalid_argument',
      'the parameter "connect" must be "v1"',
    ],
    [
      'encoding=json&message=%7B%7D&compression=zstd',
      501,
      'unimplemented',
      'the content encoding is not supported; use br, gzip',
    ],
  ])('%s is refused', async (query, status, code, message) => {
    const response = await get(query);
    expect([response.status, await response.json()]).toEqual([status, { code, message }]);
  });

  it('is only for methods without side effects', async () => {
    const response = await edge.request(`GET ${path}/Echo?encoding=json&message=%7B%7D`);
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
    const put = await edge.request(`PUT ${path}/Get`);
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
  });
});

describe('a Connect error', () => {
  it.each([
    [1, 499, 'canceled'],
    [2, 500, 'unknown'],
    [3, 400, 'invalid_argument'],
    [4, 504, 'deadline_exceeded'],
    [5, 404, 'not_found'],
    [6, 409, 'already_exists'],
    [7, 403, 'permission_denied'],
    [8, 429, 'resource_exhausted'],
    [9, 400, 'failed_precondition'],
    [10, 409, 'aborted'],
    [11, 400, 'out_of_range'],
    [12, 501, 'unimplemented'],
    [13, 500, 'internal'],
    [14, 503, 'unavailable'],
    [15, 500, 'data_loss'],
    [16, 401, 'unauthenticated'],
  ])('with code %i is HTTP %i %s', async (number, status, code) => {
    const response = await post('Echo', `{"text":"code:${number}"}`);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('x-error')).toBe('yes');
    expect(await response.json()).toEqual({
      code,
      message: 'as you wish',
      details: [
        {
          type: 'google.rpc.ErrorInfo',
          value: Buffer.from(
            toBinary(
              ErrorInfoSchema,
              create(ErrorInfoSchema, { reason: 'AS_YOU_WISH', domain: 'sink.test' }),
            ),
          )
            .toString('base64')
            .replace(/=+$/, ''),
          debug: { reason: 'AS_YOU_WISH', domain: 'sink.test' },
        },
      ],
    });
  });

  it('names a scheme with 401', async () => {
    expect((await post('Echo', '{"text":"code:16"}')).headers.get('www-authenticate')).toBe('Bearer');
  });

  it('is JSON for a binary request too', async () => {
    const sink = edge.sink.message('Sink');
    const body = new Uint8Array(toBinary(sink, create(sink, { text: 'code:5' })));
    const response = await post('Echo', body, { 'content-type': 'application/proto' });
    expect(await response.json()).toMatchObject({ code: 'not_found' });
  });

  it('tells nothing of a handler that crashed', async () => {
    const response = await post('Echo', '{"text":"crash"}');
    const text = await response.text();
    expect([response.status, JSON.parse(text).code]).toEqual([500, 'internal']);
    expect(text).not.toContain('hunter2');
  });
});

describe('a Connect request that cannot be read', () => {
  it.each<[what: string, method: string, init: RequestInit, status: number, body: object]>([
    [
      'another content type',
      'Echo',
      { body: '{}', headers: { 'content-type': 'text/plain' } },
      415,
      {
        code: 'invalid_argument',
        message: 'the content type is not supported; use application/proto, application/json',
      },
    ],
    [
      'a charset that JSON does not have',
      'Echo',
      { body: '{}', headers: { 'content-type': 'application/json; charset=latin1' } },
      415,
      { code: 'invalid_argument' },
    ],
    [
      'a streaming content type',
      'Echo',
      { body: '', headers: { 'content-type': 'application/connect+json' } },
      415,
      { code: 'invalid_argument' },
    ],
    ['no content type', 'Echo', { body: new Uint8Array() }, 415, { code: 'invalid_argument' }],
    [
      'an unknown compression',
      'Echo',
      { body: '{}', headers: { ...json, 'content-encoding': 'zstd' } },
      501,
      { code: 'unimplemented', message: 'the content encoding is not supported; use br, gzip' },
    ],
    [
      'bytes that are not packed',
      'Echo',
      { body: '{}', headers: { ...json, 'content-encoding': 'gzip' } },
      400,
      { code: 'invalid_argument', message: 'the request body is not gzip data' },
    ],
    [
      'another protocol version',
      'Echo',
      { body: '{}', headers: { ...json, 'connect-protocol-version': '2' } },
      400,
      { code: 'invalid_argument', message: 'connect-protocol-version must be "1"' },
    ],
    [
      'a timeout of eleven digits',
      'Echo',
      { body: '{}', headers: { ...json, 'connect-timeout-ms': '10000000000' } },
      400,
      { code: 'invalid_argument' },
    ],
    [
      'a timeout that is no number',
      'Echo',
      { body: '{}', headers: { ...json, 'connect-timeout-ms': '1s' } },
      400,
      { code: 'invalid_argument' },
    ],
    [
      'a body over the limit',
      'Echo',
      { body: 'x'.repeat(64 * 1024 + 1), headers: json },
      429,
      { code: 'resource_exhausted', message: 'the request body is larger than the limit of 65536 bytes' },
    ],
    ['a method that does not exist', 'Nope', { body: '{}', headers: json }, 404, { code: 'unimplemented' }],
    [
      'a stream',
      'Watch',
      { body: '{}', headers: json },
      501,
      {
        code: 'unimplemented',
        message:
          'test.sink.v1.SinkService/Watch is a server streaming method, and this edge serves unary methods only',
      },
    ],
    [
      'malformed binary, found by the worker',
      'Echo',
      { body: Uint8Array.of(0x0a, 0xff), headers: { 'content-type': 'application/proto' } },
      400,
      { code: 'invalid_argument' },
    ],
  ])('%s', async (_, method, init, status, body) => {
    const response = await edge.request(`POST ${path}/${method}`, init);
    expect(await response.json()).toMatchObject(body);
    expect(response.status).toBe(status);
  });

  it('names what it takes with 415', async () => {
    const response = await post('Echo', '{}', { 'content-type': 'text/plain' });
    expect(response.headers.get('accept-post')).toBe('application/proto, application/json');
  });
});
