import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EdgeFixture, startEdgeFixture } from '../../../testing/edge-fixture.ts';

let edge: EdgeFixture;
beforeAll(async () => {
  edge = await startEdgeFixture({ limits: { maxBodyBytes: 64 * 1024 } });
});
afterAll(() => edge[Symbol.asyncDispose]());

const json = { 'content-type': 'application/json' };

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
      'half a surrogate pair as a key',
      'POST /v1/sinks',
      { body: '{"\\ud800":1}', headers: json },
      400,
      { code: 'INVALID_ARGUMENT' },
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
      'a stream of requests',
      'POST /v1/sinks:collect',
      { body: '{}', headers: json },
      501,
      {
        detail:
          'test.sink.v1.SinkService/Collect is a client streaming method, which REST cannot express: call it by Connect, gRPC or gRPC-Web',
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
