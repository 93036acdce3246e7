import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EdgeFixture, startEdgeFixture } from '../../../testing/edge-fixture.ts';

let edge: EdgeFixture;
beforeAll(async () => {
  edge = await startEdgeFixture({ limits: { maxBodyBytes: 64 * 1024 } });
});
afterAll(() => edge[Symbol.asyncDispose]());

const json = { 'content-type': 'application/json' };

/** Status and parsed body. */
async function call(
  requestLine: string,
  body?: string,
  headers: Record<string, string> = json,
): Promise<[number, unknown]> {
  const response = await edge.request(requestLine, body === undefined ? {} : { body, headers });
  return [response.status, await response.json()];
}

describe('a REST call', () => {
  it.each<[requestLine: string, body: string | undefined, answer: unknown]>([
    [
      'POST /v1/sinks',
      '{"text":"é","int64Value":9007199254740993}',
      { text: 'é', int64Value: '9007199254740993' },
    ],
    ['POST /v1/sinks', undefined, {}],
    [
      'GET /v1/sinks/a%20b?int32Value=5&texts=x&texts=y',
      undefined,
      { text: 'a b', int32Value: 5, texts: ['x', 'y'] },
    ],
    ['GET /v1/groups/g/sinks/s', undefined, { text: 'groups/g/sinks/s' }],
    ['GET /v1/files/a/b%2Fc', undefined, { child: { name: 'a/b%2Fc' } }],
    ['PATCH /v1/sinks/t', '{"int32Value":1}', { text: 't', int32Value: 1 }],
    ['PUT /v1/sinks/t?tags=a', '{"int32Value":1}', { sink: { text: 't', int32Value: 1 }, tags: ['a'] }],
    ['POST /v1/sinks/t:list', '["a"]', ['a']],
    ['POST /v1/sinks/t:lock', '{}', {}],
    ['LOCK /v1/sinks/t', undefined, {}],
  ])('%s', async (requestLine, body, answer) => {
    expect(await call(requestLine, body)).toEqual([200, answer]);
  });

  it('takes any JSON type, and compressed bodies', async () => {
    expect(
      await call('POST /v1/sinks', '{"text":"x"}', {
        'content-type': 'application/vnd.api+json; charset=UTF-8',
      }),
    ).toEqual([200, { text: 'x' }]);
    const packed = new Uint8Array(gzipSync('{"text":"packed"}'));
    const response = await edge.request('POST /v1/sinks', {
      body: packed,
      headers: { ...json, 'content-encoding': 'gzip' },
    });
    expect(await response.json()).toEqual({ text: 'packed' });
  });

  it('passes raw bodies through with their type', async () => {
    const body = Uint8Array.of(0, 255, 128);
    for (const path of ['/v1/raw', '/v1/raw/name']) {
      const response = await edge.request(`POST ${path}`, {
        body,
        headers: { 'content-type': 'image/x-test' },
      });
      expect(response.headers.get('content-type')).toBe('image/x-test');
      expect(new Uint8Array(await response.arrayBuffer())).toEqual(body);
    }
  });

  it('answers HEAD by GET, without the body', async () => {
    const response = await edge.request('HEAD /v1/sinks/abc');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe(String('{"text":"abc"}'.length));
    expect(await response.text()).toBe('');
  });

  it('carries metadata both ways', async () => {
    const response = await edge.request('GET /v1/sinks/metadata', {
      headers: {
        'Grpc-Metadata-X-Tenant': 'a',
        'grpc-metadata-nats-x': 'no',
        authorization: 'Bearer t',
        'idempotency-key': 'k',
        'x-other': 'no',
        cookie: 'c=1',
      },
    });
    expect(response.headers.get('grpc-metadata-x-answer')).toBe('42');
    expect(response.headers.get('grpc-trailer-x-trailer')).toBe('last');
    expect(response.headers.get('etag')).toBe('"v1"');
    const { texts } = (await response.json()) as { texts: string[] };
    expect(texts.filter((line) => !/^(x-request-id|traceparent):/.test(line)).sort()).toEqual([
      'authorization: Bearer t',
      'idempotency-key: k',
      'x-tenant: a',
    ]);
  });

  it.each([
    ['1500m', 1500],
    ['2S', 2000],
    ['99999999H', 60_000],
    [undefined, 10_000],
  ])('with Grpc-Timeout %s leaves the worker at most %d ms', async (timeout, maxMs) => {
    const headers: Record<string, string> = timeout === undefined ? {} : { 'grpc-timeout': timeout };
    const response = await edge.request('GET /v1/sinks/time', { headers });
    const { int64Value } = (await response.json()) as { int64Value: string };
    expect(Number(int64Value)).toBeLessThanOrEqual(maxMs);
    expect(Number(int64Value)).toBeGreaterThan(maxMs - 1000);
  });
});
