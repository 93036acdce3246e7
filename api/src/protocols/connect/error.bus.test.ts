import { create, toBinary } from '@bufbuild/protobuf';
import { ErrorInfoSchema } from '@busline/schemas/google/rpc/error_details';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EdgeFixture, startEdgeFixture } from '../../../testing/edge-fixture.ts';

let edge: EdgeFixture;
beforeAll(async () => {
  edge = await startEdgeFixture({ limits: { maxBodyBytes: 64 * 1024 } });
});
afterAll(() => edge[Symbol.asyncDispose]());

const json = { 'content-type': 'application/json' };
const post: EdgeFixture['post'] = (...call) => edge.post(...call);

const path = '/test.sink.v1.SinkService';

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
      'an empty body that should be JSON',
      'Echo',
      { headers: json },
      400,
      {
        code: 'invalid_argument',
        message: 'request body: not JSON at line 1 column 1: expected a value, the text ends',
      },
    ],
    [
      'a field that does not exist',
      'Echo',
      { body: '{"child":{"nme":1}}', headers: json },
      400,
      { code: 'invalid_argument', message: 'request body: child.nme: there is no such field' },
    ],
    [
      'a key given twice',
      'Echo',
      { body: '{"text":"a","text":"b"}', headers: json },
      400,
      { message: 'request body: text: the key is given twice' },
    ],
    [
      'half a surrogate pair as a key',
      'Echo',
      { body: '{"\\ud800":1}', headers: json },
      400,
      { code: 'invalid_argument' },
    ],
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

  it.each([
    ['another content type', 'Echo', 'text/plain', 'application/proto, application/json'],
    ['no content type', 'Echo', undefined, 'application/proto, application/json'],
    [
      'a charset that JSON does not have',
      'Echo',
      'application/json; charset=latin1',
      'application/proto, application/json',
    ],
    ['a content type for streams', 'Echo', 'application/connect+json', 'application/proto, application/json'],
    [
      'a content type for messages',
      'Watch',
      'application/json',
      'application/connect+proto, application/connect+json',
    ],
  ])('%s: 415, as HTTP has it, naming what is taken', async (_, method, contentType, accepted) => {
    const response = await edge.request(`POST ${path}/${method}`, {
      body: new Uint8Array(),
      headers: contentType === undefined ? {} : { 'content-type': contentType },
    });
    expect([response.status, response.headers.get('accept-post')]).toEqual([415, accepted]);
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await response.text()).toContain(`use ${accepted}`);
  });
});
