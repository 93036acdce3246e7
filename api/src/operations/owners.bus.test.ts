import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bus, connect, identity, implement } from '@busline/bus';
import { startNats, type TestNats } from '@busline/bus/testing';
import { WorkService } from '@busline/schemas/busline/bench/v1/durable';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readConfig } from '../config.ts';
import { type EdgeServer, startEdge } from '../edge-server.ts';
import { hashApiKey } from '../policies/authentication/api-keys.ts';

const log = pino({ level: 'silent' });

let folder: string;
let nats: TestNats;
let bus: Bus;
let edge: EdgeServer;

// An edge that knows its callers: Ann and Bob have a key each.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'busline-owners-'));
  const keys = ['ann', 'bob'].map((subject) => ({ sha256: hashApiKey(subject).toString('hex'), subject }));
  await writeFile(join(folder, 'keys.json'), JSON.stringify({ keys }));
  await writeFile(
    join(folder, 'edge.json'),
    JSON.stringify({ authentication: { apiKeysFile: 'keys.json' } }),
  );
  nats = await startNats();
  bus = await connect({ servers: nats.url, logger: log });
  await bus.serve({
    name: 'work',
    version: '1.0.0',
    services: [
      implement(WorkService, { work: (_, context) => ({ text: identity(context)?.subject ?? '' }) }),
    ],
  });
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

const request = (key: string, path: string, init: RequestInit = {}) =>
  fetch(`http://127.0.0.1:${edge.port}${path}`, { ...init, headers: { 'x-api-key': key, ...init.headers } });
const work = (key: string) =>
  request(key, '/v1/work', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': 'same' },
    body: JSON.stringify({ text: 'a' }),
  });

it('shows operations to whom they belong, and to nobody else', async () => {
  const [ann, bob] = await Promise.all([work('ann'), work('bob')]);
  expect([await ann.json(), await bob.json()]).toEqual([{ text: 'ann' }, { text: 'bob' }]);
  const path = `/v1/${ann.headers.get('busline-operation')}`;
  const [own, others, unknown] = await Promise.all([
    request('ann', path),
    request('bob', path),
    request('eve', path),
  ]);
  expect([own.status, others.status, unknown.status]).toEqual([200, 404, 401]);
  const events = await request('bob', path, { headers: { accept: 'text/event-stream' } });
  const deleted = await request('bob', path, { method: 'DELETE' });
  const listed = await (await request('bob', '/v1/operations')).json();
  expect([events.status, deleted.status]).toEqual([404, 404]);
  expect(listed).toMatchObject({ operations: [{ response: { text: 'bob' } }] });
});
