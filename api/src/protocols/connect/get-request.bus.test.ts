import { gzipSync } from 'node:zlib';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EdgeFixture, startEdgeFixture } from '../../../testing/edge-fixture.ts';

let edge: EdgeFixture;
beforeAll(async () => {
  edge = await startEdgeFixture({ limits: { maxBodyBytes: 64 * 1024 } });
});
afterAll(() => edge[Symbol.asyncDispose]());

const path = '/test.sink.v1.SinkService';

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

  it.each([
    ['message=%7B%7D', 'no content type is given; use application/proto, application/json\n'],
    [
      'encoding=xml&message=x',
      'the content type is not supported; use application/proto, application/json\n',
    ],
  ])('%s is refused as a content type is', async (query, text) => {
    const response = await get(query);
    expect([response.status, await response.text()]).toEqual([415, text]);
  });

  it('is only for methods without side effects', async () => {
    const response = await edge.request(`GET ${path}/Echo?encoding=json&message=%7B%7D`);
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
    const put = await edge.request(`PUT ${path}/Get`);
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
  });
});
