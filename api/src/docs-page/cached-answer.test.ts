import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Exchange } from '../exchange.ts';
import { cachedAnswer } from './cached-answer.ts';

const body = '{"text":"long enough to be worth compressing"}'.repeat(50);
const exchange = (headers: Readonly<Record<string, string>>) =>
  ({ request: { header: (name: string) => headers[name] } }) as unknown as Exchange;
const answer = cachedAnswer({ contentType: 'application/json', body, headers: { 'x-own': 'yes' } });

describe('cachedAnswer()', () => {
  it('answers with content, type, tag and fields of its own', async () => {
    const { status, headers } = await answer(exchange({}));
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'no-cache',
      'x-own': 'yes',
      vary: 'accept-encoding',
      etag: expect.stringMatching(/^"[\w-]{22}"$/),
    });
  });

  it.each([
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ])('compresses by %s for who takes it, with a tag of its own', async (coding, unpack) => {
    const plain = await answer(exchange({}));
    const packed = await answer(exchange({ 'accept-encoding': coding }));
    expect(packed.headers['content-encoding']).toBe(coding);
    expect(packed.headers.etag).not.toBe(plain.headers.etag);
    expect(packed).toHaveProperty('body', expect.any(Uint8Array));
    expect(unpack((packed as { body: Uint8Array }).body).toString()).toBe(body);
  });

  it.each([
    ['the tag', (tag: string) => tag],
    ['a weak form of it', (tag: string) => `W/${tag}`],
    ['a list with it', (tag: string) => `"other", ${tag}`],
    ['anything', () => '*'],
  ])('answers 304 without a body to who has %s', async (_, condition) => {
    const { headers } = await answer(exchange({}));
    const again = await answer(exchange({ 'if-none-match': condition(headers.etag ?? '') }));
    expect(again).toMatchObject({ status: 304, body: undefined, headers: { etag: headers.etag } });
    expect(again.headers).not.toHaveProperty('content-type');
  });

  it('answers in full to who has something else', async () => {
    expect(await answer(exchange({ 'if-none-match': '"other"' }))).toMatchObject({ status: 200 });
  });

  it('leaves what is packed already as it is', async () => {
    const packed = cachedAnswer({ contentType: 'application/gzip', body, compressible: false });
    const { headers } = await packed(exchange({ 'accept-encoding': 'br' }));
    expect(headers).not.toHaveProperty('content-encoding');
    expect(headers).not.toHaveProperty('vary');
  });
});
