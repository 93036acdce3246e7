import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EdgeFixture, startEdgeFixture } from '../testing/edge-fixture.ts';

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

describe('a REST error', () => {
  it('is a problem', async () => {
    const response = await edge.request('GET /v1/sinks/code:5', { headers: { 'x-request-id': 'abc' } });
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(response.headers.get('grpc-metadata-x-error')).toBe('yes');
    expect(await response.json()).toEqual({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail: 'as you wish',
      instance: '/v1/sinks/code:5',
      code: 'NOT_FOUND',
      details: [
        { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'AS_YOU_WISH', domain: 'sink.test' },
      ],
      requestId: 'abc',
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  it.each(['crash', 'code:2', 'code:13'])('tells nothing of the inside: %s', async (text) => {
    const response = await edge.request(`GET /v1/sinks/${text}`);
    const body = await response.text();
    expect(response.status).toBe(500);
    expect(body).not.toMatch(/hunter2|as you wish|AS_YOU_WISH/);
  });

  it('comes at the deadline', async () => {
    const response = await edge.request('GET /v1/sinks/hang', { headers: { 'grpc-timeout': '50m' } });
    expect([response.status, await response.json()]).toEqual([
      504,
      expect.objectContaining({ code: 'DEADLINE_EXCEEDED' }),
    ]);
  });
});

describe('a REST request that cannot be read', () => {
  it.each<[what: string, requestLine: string, init: RequestInit, status: number, problem: object]>([
    [
      'broken JSON',
      'POST /v1/sinks',
      { body: '{"text":', headers: json },
      400,
      {
        code: 'INVALID_ARGUMENT',
        detail: 'request body: not JSON at line 1 column 9 in text: expected a value, the text ends',
      },
    ],
    [
      'a wrong type',
      'POST /v1/sinks',
      { body: '{"child":{"age":"x"}}', headers: json },
      400,
      {
        errors: [{ pointer: '#/child/age', detail: 'expected a 32-bit integer, got a string that is none' }],
      },
    ],
    [
      'an unknown field',
      'PUT /v1/sinks/t',
      { body: '{"nme":1}', headers: json },
      400,
      { errors: [{ pointer: '#/nme', detail: 'there is no such field' }] },
    ],
    [
      'a key given twice',
      'POST /v1/sinks',
      { body: '{"text":"a","text":"b"}', headers: json },
      400,
      { errors: [{ pointer: '#/text', detail: 'the key is given twice' }] },
    ],
    [
      'deep nesting',
      'POST /v1/sinks',
      { body: '['.repeat(50_000), headers: json },
      400,
      { detail: 'request body: [0][0][0][0]: nested deeper than 100 levels' },
    ],
    [
      'a body that is not UTF-8',
      'POST /v1/sinks',
      { body: Uint8Array.of(0x22, 0xff, 0x22), headers: json },
      400,
      { detail: 'request body: not UTF-8' },
    ],
    [
      'half a surrogate pair',
      'POST /v1/sinks',
      { body: '{"text":"\\ud800"}', headers: json },
      400,
      { errors: [{ pointer: '#/text', detail: expect.stringContaining('surrogate') }] },
    ],
    [
      'a form',
      'POST /v1/sinks',
      { body: 'text=x', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      415,
      { code: 'INVALID_ARGUMENT', title: 'Unsupported Media Type' },
    ],
    [
      'plain text',
      'POST /v1/sinks',
      { body: '{}', headers: { 'content-type': 'text/plain' } },
      415,
      { detail: 'the content type is not supported; use application/json' },
    ],
    [
      'an unknown compression',
      'POST /v1/sinks',
      { body: '{}', headers: { ...json, 'content-encoding': 'zstd' } },
      415,
      { detail: 'the content encoding is not supported; use br, gzip' },
    ],
    [
      'a body over the limit',
      'POST /v1/sinks',
      { body: 'x'.repeat(64 * 1024 + 1), headers: json },
      413,
      { code: 'RESOURCE_EXHAUSTED', title: 'Payload Too Large' },
    ],
    [
      'a body where there is none',
      'DELETE /v1/nothing',
      { body: '{}', headers: json },
      404,
      { code: 'UNIMPLEMENTED' },
    ],
    [
      'a bad percent-encoding in the path',
      'GET /v1/sinks/%zz',
      {},
      400,
      { detail: expect.stringContaining('percent-encoded') },
    ],
    [
      'bytes in the path that are not UTF-8',
      'GET /v1/sinks/%FF',
      {},
      400,
      { errors: [{ parameter: 'text', detail: 'not percent-encoded UTF-8' }] },
    ],
    [
      'a bad percent-encoding in the query',
      'GET /v1/sinks/x?optionalText=%zz',
      {},
      400,
      { errors: [{ parameter: 'optionalText', detail: 'the value is not percent-encoded UTF-8' }] },
    ],
    [
      'an unknown parameter',
      'GET /v1/sinks/x?nope=1',
      {},
      400,
      { errors: [{ parameter: 'nope', detail: 'there is no such parameter' }] },
    ],
    [
      'a wrong type in the path',
      'GET /v1/numbers/x/1/true/0/AA',
      {},
      400,
      { errors: [{ parameter: 'int32_value', detail: expect.stringContaining('32-bit integer') }] },
    ],
    [
      'a bad Grpc-Timeout',
      'GET /v1/sinks/x',
      { headers: { 'grpc-timeout': '1s' } },
      400,
      { detail: expect.stringContaining('grpc-timeout') },
    ],
    ['an unknown path', 'GET /v1/nope', {}, 404, { code: 'UNIMPLEMENTED', instance: '/v1/nope' }],
    [
      'a stream',
      'GET /v1/sinks:watch',
      {},
      501,
      {
        detail:
          'test.sink.v1.SinkService/Watch is a server streaming method, and this edge serves unary methods only',
      },
    ],
  ])('%s', async (_, requestLine, init, status, problem) => {
    const response = await edge.request(requestLine, init);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect([response.status, await response.json()]).toEqual([
      status,
      expect.objectContaining({ ...problem, status }),
    ]);
  });

  it('names the methods a path takes', async () => {
    const response = await edge.request('DELETE /v1/sinks/x');
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD, LOCK, PATCH, PUT']);
  });

  it('names what it takes with 415', async () => {
    const type = await edge.request('POST /v1/sinks', {
      body: 'x',
      headers: { 'content-type': 'text/plain' },
    });
    expect(type.headers.get('accept-post')).toBe('application/json');
    const coding = await edge.request('POST /v1/sinks', {
      body: 'x',
      headers: { ...json, 'content-encoding': 'x' },
    });
    expect(coding.headers.get('accept-encoding')).toBe('br, gzip');
  });
});
