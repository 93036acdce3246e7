import { create, toBinary } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { type Bus, connect, type StoredEvent } from '@busline/bus';
import { startNats, type TestNats } from '@busline/bus/testing';
import { CountedSchema, ObservedSchema } from '@busline/schemas/busline/bench/v1/events';
import { EventService, type SubscribeResponse } from '@busline/schemas/busline/events/v1/event_service';
import { createClient } from '@connectrpc/connect';
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from '@connectrpc/connect-node';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchEvents, type ServerSentEvent } from '../../testing/event-stream.ts';
import { readConfig } from '../config.ts';
import { type EdgeServer, startEdge } from '../edge-server.ts';

const log = pino({ level: 'silent' });
const type = 'busline.bench.v1.Observed';
const stream = 'EVT_OBSERVED';

let nats: TestNats;
let bus: Bus;
let open: EdgeServer;
let url: string;

const startOpen = (port = '0') =>
  startEdge({
    config: readConfig({ PORT: port, EDGE_ACCESS: 'open', SHUTDOWN_GRACE_MS: '2000' }),
    log,
    servers: nats.url,
  });

beforeAll(async () => {
  nats = await startNats();
  bus = await connect({ servers: nats.url, logger: log });
  await bus.applyStreams(await bus.planStreams([ObservedSchema, CountedSchema]));
  open = await startOpen();
  url = `http://127.0.0.1:${open.port}`;
});
afterAll(async () => {
  await open.close();
  await bus.drain();
  await nats.stop();
});

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
  });
const publish = async (event: object, headers?: Record<string, string>) =>
  (await (await post(`/v1/events/${type}`, event, headers)).json()) as { id: string; sequence: string };
async function stored(sequence: string | number): Promise<StoredEvent> {
  const reading = bus.readEvents({ event: ObservedSchema, from: { sequence: Number(sequence) } });
  for await (const item of reading) if (item.kind === 'event') return item;
  throw new Error(`nothing is stored at ${sequence}`);
}

describe('an event published by HTTP', () => {
  it('is stored before the answer, as JSON or protobuf, with CloudEvents attributes', async () => {
    const response = await post(
      `/v1/events/${type}`,
      { thing: 'tea', amount: '9007199254740993' },
      {
        'ce-id': 'e%201',
        'ce-source': '/garden',
        'ce-time': '2026-11-30T01:02:03Z',
        'ce-place': 'K%C3%B6ln',
      },
    );
    const published = (await response.json()) as { sequence: string };
    expect([response.status, published]).toEqual([200, { id: 'e 1', stream, sequence: expect.any(String) }]);
    expect(await stored(published.sequence)).toMatchObject({
      id: 'e 1',
      key: 'tea',
      message: { thing: 'tea', amount: 9007199254740993n },
      head: {
        source: '/garden',
        time: new Date('2026-11-30T01:02:03Z'),
        attributes: { place: 'Köln', authtype: 'unauthenticated' },
        traceparent: expect.stringMatching(/^00-/),
      },
    });
    const bytes = toBinary(ObservedSchema, create(ObservedSchema, { thing: 'milk', amount: 2n }));
    const binary = await post(`/v1/events/${type}`, bytes, { 'content-type': 'application/protobuf' });
    const { sequence } = (await binary.json()) as { sequence: string };
    expect(await stored(sequence)).toMatchObject({ message: { thing: 'milk', amount: 2n } });
  });

  it('may be a whole CloudEvent, or a batch of them', async () => {
    const event = (id: string, data: object) => ({ specversion: '1.0', id, source: '/s', type, data });
    const one = await post(`/v1/events/${type}`, event('c1', { thing: 'a' }), {
      'content-type': 'application/cloudevents+json; charset=utf-8',
    });
    expect([one.status, await one.json()]).toEqual([200, expect.objectContaining({ id: 'c1' })]);
    const batchType = { 'content-type': 'application/cloudevents-batch+json' };
    const many = await post(
      '/v1/events',
      [event('c2', { thing: 'a' }), event('c1', { thing: 'a' })],
      batchType,
    );
    expect(await many.json()).toMatchObject({
      results: [{ published: { id: 'c2' } }, { published: { id: 'c1', duplicate: true } }],
    });
    const broken = await post(
      '/v1/events',
      [event('c3', { thing: 'a' }), event('c4', { thing: '' })],
      batchType,
    );
    expect([broken.status, await broken.json()]).toEqual([
      400,
      expect.objectContaining({
        detail: expect.stringMatching(/^event 1: /),
        errors: [{ pointer: '#/1/data/thing', detail: expect.any(String) }],
      }),
    ]);
    // Nothing of a batch with a broken event is sent.
    expect((await publish({ thing: 'a' }, { 'ce-id': 'c3' })) as object).not.toHaveProperty('duplicate');
  });

  it('is stored once for an id, and a repetition says so', async () => {
    const first = await post(`/v1/events/${type}`, { thing: 'x' }, { 'idempotency-key': '"once"' });
    const second = await post(`/v1/events/${type}`, { thing: 'x' }, { 'idempotency-key': 'once' });
    const { sequence } = (await first.json()) as { sequence: string };
    expect(await second.json()).toEqual({ id: 'once', stream, sequence, duplicate: true });
    expect([first.headers, second.headers].map((headers) => headers.get('idempotency-replayed'))).toEqual([
      null,
      'true',
    ]);
    // The same id of somebody on the bus is another event.
    expect((await bus.publish(ObservedSchema, { thing: 'x' }, { id: 'once' })).duplicate).toBe(false);
  });

  it.each<
    [
      what: string,
      path: string,
      body: unknown,
      headers: Record<string, string>,
      status: number,
      problem: object,
    ]
  >([
    ['an unknown type', 'shop.Nothing', {}, {}, 404, { detail: expect.stringContaining(type) }],
    [
      'a broken rule',
      type,
      { thing: 'x', amount: -1 },
      {},
      400,
      { errors: [{ pointer: '#/amount', detail: expect.any(String) }] },
    ],
    [
      'an unknown field',
      type,
      { thing: 'x', colour: 1 },
      {},
      400,
      { errors: [{ pointer: '#/colour', detail: 'there is no such field' }] },
    ],
    ['no JSON', type, '{"thing":', {}, 400, { detail: expect.stringContaining('not JSON') }],
    [
      'bad bytes',
      type,
      Uint8Array.of(0xff),
      { 'content-type': 'application/protobuf' },
      400,
      { detail: expect.stringContaining('is not a') },
    ],
    ['another media type', type, '<a/>', { 'content-type': 'application/xml' }, 415, {}],
    [
      'two types',
      type,
      {},
      { 'ce-type': 'other.Event' },
      400,
      { detail: expect.stringContaining('at once') },
    ],
    [
      'an attribute of the edge',
      type,
      { thing: 'x' },
      { 'ce-authid': 'ada' },
      400,
      { detail: expect.stringContaining('authid') },
    ],
  ])('is refused for %s', async (_, path, body, headers, status, problem) => {
    const response = await post(`/v1/events/${path}`, body, headers);
    expect([response.status, await response.json()]).toEqual([status, expect.objectContaining(problem)]);
  });
});

describe('a subscription by server-sent events', () => {
  const subscribe = (query = '', headers: Record<string, string> = {}) =>
    fetchEvents(`${url}/v1/events/${type}${query}`, headers);
  const shown = ({ id, event, data }: ServerSentEvent) => [id, event, JSON.parse(data || 'null')];

  it('begins now, names each event and its place, and leaves out what is redacted', async () => {
    const events = await subscribe();
    const [opened] = await events.take(1);
    expect([opened?.data, opened?.id]).toEqual(['', expect.stringMatching(/^EVT_OBSERVED-\d+$/)]);
    const sentAtMs = performance.now();
    const { sequence } = await publish({ thing: 'seen', amount: 3, witness: 'ada' }, { 'ce-id': 's1' });
    const [event] = await events.take(1);
    expect(performance.now() - sentAtMs).toBeLessThan(2_000);
    expect(shown(event as ServerSentEvent)).toEqual([
      `${stream}-${sequence}`,
      type,
      {
        position: `${stream}-${sequence}`,
        event: expect.objectContaining({
          id: 's1',
          type,
          key: 'seen',
          source: '/edge',
          sequence,
          data: { '@type': `type.googleapis.com/${type}`, thing: 'seen', amount: '3' },
        }),
      },
    ]);
    await events.cancel();
  });

  it('goes on strictly behind the last id, by field or by query, and picks keys', async () => {
    const first = await publish({ thing: 'k1', amount: 1 });
    await publish({ thing: 'k2', amount: 2 });
    const third = await publish({ thing: 'k1', amount: 3 });
    const after = { 'last-event-id': `${stream}-${first.sequence}` };
    const byField = await subscribe('?lastEventId=EVT_OBSERVED-1', after);
    expect((await byField.take(2)).map(({ data }) => JSON.parse(data).event.data.amount)).toEqual(['2', '3']);
    const byQuery = await subscribe(`?key=k1&lastEventId=${stream}-${first.sequence}`);
    expect((await byQuery.take(1)).map(({ id }) => id)).toEqual([`${stream}-${third.sequence}`]);
    const last = await fetchEvents(`${url}/v1/events/busline.bench.v1.*?key=k1&last=1`).catch(String);
    expect(last).toContain('are stored in');
    await Promise.all([byField.cancel(), byQuery.cancel()]);
  });

  it('comes back after a restart of the edge where it was', async () => {
    const events = await subscribe();
    await events.take(1);
    const before = await publish({ thing: 'r', amount: 1 });
    const [seen] = await events.take(1);
    expect(seen?.id).toBe(`${stream}-${before.sequence}`);
    const { port } = open;
    await open.close();
    const rest = await events.rest();
    expect(rest).toMatchObject([{ event: 'error', id: undefined }]);
    await bus.publish(ObservedSchema, { thing: 'r', amount: 2n });
    open = await startOpen(String(port));
    const again = await subscribe('', { 'last-event-id': seen?.id ?? '' });
    expect((await again.take(1)).map(({ data }) => JSON.parse(data).event.data.amount)).toEqual(['2']);
    await again.cancel();
  });

  it('tells a gap with its places', async () => {
    const first = await publish({ thing: 'gone', amount: 1 });
    // The stream keeps the last 100 events.
    await bus.publishAll(
      ObservedSchema,
      Array.from({ length: 101 }, (_, at) => ({ thing: `${at}` })),
    );
    const from = Number(first.sequence) + 1;
    const events = await subscribe('', { 'last-event-id': `${stream}-${first.sequence}` });
    const [gap, event] = await events.take(2);
    expect(shown(gap as ServerSentEvent)).toEqual([
      `${stream}-${from}`,
      'gap',
      expect.objectContaining({
        gap: { stream, firstSequence: `${from}`, lastSequence: `${from}`, reason: 'GAP_REASON_REMOVED' },
      }),
    ]);
    expect(event?.id).toBe(`${stream}-${from + 1}`);
    await events.cancel();
  });

  it.each([
    ['?lastEventId=nonsense', 'none that a subscription has given'],
    ['?lastEventId=OTHER-3', 'of stream OTHER'],
    ['?last=3&fromStart=true', 'not several'],
    ['?last=5000', 'last'],
  ])('is refused for %s', async (query, detail) => {
    const response = await fetch(`${url}/v1/events/${type}${query}`);
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining(detail)]);
  });
});

describe('the event service by RPC', () => {
  it.each([
    ['Connect', () => createConnectTransport({ baseUrl: url, httpVersion: '1.1' })],
    ['gRPC', () => createGrpcTransport({ baseUrl: url })],
    ['gRPC-Web', () => createGrpcWebTransport({ baseUrl: url, httpVersion: '1.1' })],
  ])('publishes and follows by %s', async (name, transport) => {
    const client = createClient(EventService, transport());
    const controller = new AbortController();
    const items: SubscribeResponse[] = [];
    for await (const item of client.subscribe({ type, key: name }, { signal: controller.signal })) {
      items.push(item);
      if (items.length === 2) break;
      const event = anyPack(ObservedSchema, create(ObservedSchema, { thing: name, amount: 1n }));
      const { results } = await client.publishBatch({ events: [{ event, id: name }] });
      expect(results).toMatchObject([{ result: { case: 'published', value: { id: name, stream } } }]);
    }
    expect(items).toMatchObject([
      { item: { case: undefined }, position: expect.stringMatching(/^EVT_OBSERVED-\d+$/) },
      { item: { case: 'event', value: { id: name, key: name } } },
    ]);
  });

  it('comes as lines of JSON, too, and lists what there is', async () => {
    await publish({ thing: 'line', amount: 1 });
    const response = await fetch(`${url}/v1/events/${type}?last=1`);
    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const { value } = await reader.read();
    expect(
      JSON.parse(
        Buffer.from(value ?? [])
          .toString()
          .split('\n')[0] ?? '',
      ),
    ).toMatchObject({
      result: { event: { key: 'line' } },
    });
    await reader.cancel();
    expect(await (await fetch(`${url}/v1/events`)).json()).toMatchObject({
      types: [
        { name: 'busline.bench.v1.Counted', keyField: 'key', canPublish: true },
        { name: type, keyField: 'thing', stream, canSubscribe: true },
      ],
    });
  });
});
