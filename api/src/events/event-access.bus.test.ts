import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bus, connect } from '@busline/bus';
import { startNats, type TestNats } from '@busline/bus/testing';
import { CountedSchema, ObservedSchema } from '@busline/schemas/busline/bench/v1/events';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fetchEvents } from '../../testing/event-stream.ts';
import { readConfig } from '../config.ts';
import { type EdgeServer, startEdge } from '../edge-server.ts';
import { hashApiKey } from '../policies/authentication/api-keys.ts';

const log = pino({ level: 'silent' });
const type = 'busline.bench.v1.Observed';
/** Long enough to subscribe, short enough to wait for. */
const lifeMs = 3_000;

let folder: string;
let nats: TestNats;
let bus: Bus;
let edge: EdgeServer;

// An edge that knows its callers: one who may write, one who may read, and one whose key is about to expire.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'busline-events-'));
  nats = await startNats();
  bus = await connect({ servers: nats.url, logger: log });
  await bus.applyStreams(await bus.planStreams([ObservedSchema, CountedSchema]));
  const key = (subject: string, rest: object = {}) => ({
    sha256: hashApiKey(subject).toString('hex'),
    subject,
    ...rest,
  });
  const expires = new Date(Date.now() + lifeMs).toISOString();
  const keys = [key('writer', { scopes: ['observed:write'] }), key('reader'), key('guest', { expires })];
  await writeFile(join(folder, 'keys.json'), JSON.stringify({ keys }));
  await writeFile(
    join(folder, 'edge.json'),
    JSON.stringify({ authentication: { apiKeysFile: 'keys.json' } }),
  );
  edge = await startEdge({
    config: readConfig({ PORT: '0', EDGE_CONFIG: join(folder, 'edge.json') }),
    log,
    servers: nats.url,
  });
});
afterAll(async () => {
  await edge.close();
  await bus.drain();
  await nats.stop();
  await rm(folder, { recursive: true, force: true });
});

const url = (path: string): string => `http://127.0.0.1:${edge.port}/v1/events${path}`;
const call = (path: string, key?: string, event?: object) =>
  fetch(url(path), {
    headers: { 'content-type': 'application/json', ...(key !== undefined && { 'x-api-key': key }) },
    ...(event !== undefined && { method: 'POST', body: JSON.stringify(event) }),
  });

it('ends a subscription when the credentials of its caller expire', async () => {
  const events = await fetchEvents(url(`/${type}`), { 'x-api-key': 'guest' });
  const [opened, last] = await events.rest();
  expect(opened?.id).toMatch(/^EVT_OBSERVED-\d+$/);
  expect([last?.event, JSON.parse(last?.data ?? '')]).toEqual([
    'error',
    expect.objectContaining({ status: 401 }),
  ]);
});

it.each<[who: string | undefined, path: string, event: object | undefined, status: number, reason: string]>([
  [undefined, type, { thing: 'x' }, 401, 'CREDENTIALS_MISSING'],
  ['reader', type, { thing: 'x' }, 403, 'SCOPE_MISSING'],
  ['nobody', type, undefined, 401, 'CREDENTIALS_INVALID'],
  ['writer', 'busline.bench.v1.Counted', { key: 'x' }, 403, 'EVENT_CLOSED'],
  ['writer', 'busline.bench.v1.Counted', undefined, 403, 'EVENT_CLOSED'],
  ['reader', 'busline.bench.v1.Nothing', undefined, 404, 'EVENT_UNKNOWN'],
])('holds %s to the contract of %s', async (who, path, event, status, reason) => {
  const response = await call(`/${path}`, who, event);
  const text = await response.text();
  expect([response.status, /"reason":"([A-Z_]+)"/.exec(text)?.[1]]).toEqual([status, reason]);
  // Of what is closed to the caller it is not told.
  expect(text.includes('Counted')).toBe(path.endsWith('Counted'));
});

it('tells who has published, and lists what the caller may use', async () => {
  const response = await call(`/${type}`, 'writer', { thing: 'x' });
  const { sequence } = (await response.json()) as { sequence: string };
  const reading = bus.readEvents({ event: ObservedSchema, from: { sequence: Number(sequence) } });
  const { value } = await reading.next();
  expect(value).toMatchObject({ head: { attributes: { authtype: 'api_key', authid: 'writer' } } });
  expect(await (await call('')).json()).toEqual({
    types: [
      {
        name: type,
        description: expect.stringContaining('outside of the bus'),
        keyField: 'thing',
        stream: 'EVT_OBSERVED',
        canSubscribe: true,
      },
    ],
  });
});
