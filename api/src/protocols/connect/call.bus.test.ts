import { create, fromBinary, toBinary, toJson } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EdgeFixture, startEdgeFixture } from '../../../testing/edge-fixture.ts';

let edge: EdgeFixture;
beforeAll(async () => {
  edge = await startEdgeFixture({ limits: { maxBodyBytes: 64 * 1024 } });
});
afterAll(() => edge[Symbol.asyncDispose]());

const json = { 'content-type': 'application/json' };
const post: EdgeFixture['post'] = (...call) => edge.post(...call);

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
