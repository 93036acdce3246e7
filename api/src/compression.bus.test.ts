import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EdgeFixture, startEdgeFixture } from '../testing/edge-fixture.ts';

let edge: EdgeFixture;
beforeAll(async () => {
  edge = await startEdgeFixture({ limits: { maxBodyBytes: 64 * 1024 } });
});
afterAll(() => edge[Symbol.asyncDispose]());

const json = { 'content-type': 'application/json' };
const post: EdgeFixture['post'] = (...call) => edge.post(...call);

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

describe('raw bodies', () => {
  it.each([
    ['text/csv', 'gzip'],
    ['image/png', null],
  ])('of type %s are answered with the coding %s', async (contentType, coding) => {
    const init = {
      body: 'x'.repeat(5000),
      headers: { 'content-type': contentType, 'accept-encoding': 'gzip' },
    };
    const response = await edge.request('POST /v1/raw', init);
    expect(response.headers.get('content-encoding')).toBe(coding);
  });
});
