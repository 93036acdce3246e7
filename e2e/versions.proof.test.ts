import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileProto } from './system/compile-proto.ts';
import { keepInFlight } from './system/keep-in-flight.ts';
import { type System, startSystem } from './system/start-system.ts';
import { waitUntil } from './system/wait-until.ts';
import { startWorkerProcess, type WorkerProcess } from './system/worker-process.ts';

const contract = (methods: string, fields: string): string => `
syntax = "proto3";
package parcel.v1;
import "google/api/annotations.proto";
service ParcelService {
  rpc GetParcel(Parcel) returns (Parcel) {
    option idempotency_level = NO_SIDE_EFFECTS;
    option (google.api.http) = {get: "/v1/parcels/{id}"};
  }
  ${methods}
}
message Parcel {
  string id = 1;
  string version = 2;
  ${fields}
}
`;
const method = (name: string): string => `rpc ${name}Parcel(Parcel) returns (Parcel) {
    option idempotency_level = IDEMPOTENT;
    option (google.api.http) = {post: "/v1/parcels/{id}/${name.toLowerCase()}" body: "*"};
  }`;

/** The second version has a method and a field more, and a method less. */
const contracts = {
  '1.0.0': contract(method('Weigh'), ''),
  '2.0.0': contract(method('Track'), 'string note = 3;'),
  '3.0.0': contract('', 'int64 note = 3;'),
};
type Version = keyof typeof contracts;

let system: System;
let folder: string;
const descriptors = new Map<Version, string>();
const workers: WorkerProcess[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'busline-e2e-'));
  const compiled = Object.entries(contracts).map(async ([version, source]) => {
    const path = await compileProto(join(folder, version), 'parcel/v1/parcel.proto', source);
    descriptors.set(version as Version, path);
  });
  [system] = await Promise.all([
    startSystem({ workers: { greeter: 0, orders: 0, payments: 0, inventory: 0 } }),
    ...compiled,
  ]);
});
afterAll(async () => {
  for (const worker of workers) worker.signal('SIGKILL');
  await Promise.all(workers.map(({ exited }) => exited));
  await system?.stop();
  await rm(folder, { recursive: true });
});

async function start(version: Version): Promise<WorkerProcess> {
  const worker = await startWorkerProcess({
    entry: fileURLToPath(new URL('system/versioned-worker.ts', import.meta.url)),
    natsUrl: system.stack.natsUrl,
    env: { DESCRIPTORS: descriptors.get(version) ?? '', VERSION: version },
  });
  workers.push(worker);
  return worker;
}

async function leave(worker: WorkerProcess): Promise<void> {
  worker.signal('SIGTERM');
  expect(await worker.exited).toBe(0);
}

const get = () => system.send('GET /v1/parcels/p?note=fragile');
const weigh = () => system.send('POST /v1/parcels/p/weigh', { body: {} });
const track = () => system.send('POST /v1/parcels/p/track', { body: { note: 'fragile' } });
const status = async (call: () => Promise<{ status: number }>): Promise<number> => (await call()).status;

describe('workers of two versions', { timeout: 60_000 }, () => {
  it('are rolled forth and back under traffic, and no route flaps', async () => {
    let [one, other] = [await start('1.0.0'), await start('1.0.0')];
    await waitUntil('the routes are there', async () => (await status(weigh)) === 200);

    // Methods by what may come back; 503 is added for what nobody may serve at the moment.
    const allowed = { get: [200], weigh: [200], track: [404, 200] };
    const wrong = new Set<string>();
    const counts = { get: 0, weigh: 0, track: 0 };
    const seen = new Set<unknown>();
    const calls = { get: () => system.send('GET /v1/parcels/p'), weigh, track };
    const names = ['get', 'weigh', 'track'] as const;
    const load = keepInFlight(6, async (lane) => {
      const name = names[lane % names.length] ?? 'get';
      const expected = new Set(allowed[name]);
      const answer = await calls[name]().catch((error: Error) => ({
        status: 0,
        text: String(error.cause ?? error),
        json: undefined,
      }));
      // What has become allowed while the call was under way is allowed.
      for (const code of allowed[name]) expected.add(code);
      if (!expected.has(answer.status)) wrong.add(`${name} ${answer.status} ${answer.text.slice(0, 200)}`);
      if (answer.status === 200) seen.add((answer.json as { version: string }).version);
      counts[name] += 1;
    });
    const replace = async (worker: WorkerProcess, version: Version): Promise<WorkerProcess> => {
      const next = await start(version);
      await load.passed(30);
      await leave(worker);
      await load.passed(30);
      return next;
    };

    await load.passed(30);
    one = await replace(one, '2.0.0');
    await waitUntil('the new method is routed', async () => (await status(track)) === 200);
    allowed.track = [200];
    await load.passed(30);
    // Both versions answer what both have.
    expect([...seen].sort()).toEqual(['1.0.0', '2.0.0']);
    expect((await get()).json).toMatchObject({ id: 'p' });

    allowed.weigh = [200, 503];
    other = await replace(other, '2.0.0');
    expect([await status(get), await status(weigh), await status(track)]).toEqual([200, 503, 200]);

    // And back: the older contract takes nothing away.
    one = await replace(one, '1.0.0');
    await waitUntil('the old method is served again', async () => (await status(weigh)) === 200);
    allowed.weigh = [200];
    await load.passed(30);
    allowed.track = [200, 503];
    other = await replace(other, '1.0.0');
    expect([await status(get), await status(weigh), await status(track)]).toEqual([200, 200, 503]);
    expect((await track()).json).toMatchObject({ details: [{ reason: 'NO_RESPONDERS' }] });
    // The edge still knows the newer field; the older worker passes over it.
    expect((await get()).json).toEqual({ id: 'p', version: '1.0.0' });

    await load.stop();
    expect([...wrong]).toEqual([]);
    expect(Math.min(...Object.values(counts))).toBeGreaterThan(30);
    workers.push(one, other);
  });

  it('keep out a third that contradicts them', async () => {
    await start('2.0.0');
    const output = await start('3.0.0').then(
      () => 'it serves',
      (error: Error) => error.message,
    );
    expect(output).toContain('ended with 76 before it served');
    expect(output).toContain('parcel.v1.Parcel.note (field 3)');
    expect([await status(get), await status(track)]).toEqual([200, 200]);
  });
});
