import { fromBinary } from '@bufbuild/protobuf';
import type { Bus } from '@busline/bus';
import { findPostgres } from '@busline/bus/testing';
import { CountedSchema, NotedSchema } from '@busline/schemas/busline/bench/v1/events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventFile } from '../src/events/testing/event-file.ts';
import {
  type Add,
  type Process,
  startPostgresDatabases,
  startSqliteDatabases,
  type TestDatabase,
  type TestDatabases,
} from '../src/outbox/testing/outbox-databases.ts';
import { applyStreams, storedMessages, withManager } from './event-streams.ts';
import { type System, silent, startSystem } from './system.ts';

const { Small } = eventFile({
  Small: { fields: { text: 'string' }, event: { stream: { name: 'SMALL', maxMessages: 1n } } },
});
const counted = 'EVT_BUSLINE_BENCH';
const maxPayloadBytes = 64 * 1024;

const programs = findPostgres();
if (programs === undefined) {
  console.log('the outbox is not tested on Postgres: no initdb on PATH or in /usr/lib/postgresql/*/bin');
}

describe('the outbox on SQLite', () => suite(startSqliteDatabases));
describe.skipIf(programs === undefined)('the outbox on Postgres', () =>
  suite(() => startPostgresDatabases(programs as string)),
);

function suite(start: () => Promise<TestDatabases>): void {
  let system: System;
  let databases: TestDatabases;
  let database: TestDatabase;
  let bus: Bus;
  let shop: Process;
  beforeAll(async () => {
    [system, databases] = await Promise.all([startSystem({ maxPayloadBytes }), start()]);
  });
  beforeEach(async () => {
    bus = await system.connect();
    await applyStreams(bus, CountedSchema, NotedSchema);
    database = await databases.create();
    shop = await database.open(bus);
  });
  afterEach(async () => {
    await system.reset();
    await database.drop();
    await withManager(system.nats.url, async (manager) => {
      for await (const { config } of manager.streams.list()) await manager.streams.delete(config.name);
    });
  });
  afterAll(async () => {
    await system?.close();
    await databases?.stop();
  });

  /** A poll never helps: what happens in time, happens without it. */
  const never = { pollMs: 3_600_000, logger: silent };
  const often = { pollMs: 20, logger: silent };
  const stored = async (stream = counted): Promise<string[]> =>
    (await storedMessages(system.nats.url, stream)).map(({ header }) => header.get('ce-id'));
  const storedIs = async (expected: readonly string[], stream = counted): Promise<void> => {
    await expect.poll(() => stored(stream), { timeout: 10_000 }).toEqual(expected);
  };
  const count = (add: Add, key: string, number: number, payload = new Uint8Array()): void =>
    add(CountedSchema, { key, number: BigInt(number), payload }, { id: `${key}-${number}` });
  const isEmpty = () =>
    expect.poll(() => shop.outbox.count(), { timeout: 10_000 }).toEqual({ waiting: 0, setAside: 0 });

  it('publishes what was committed, at once, and nothing that was not', async () => {
    shop.outbox.startRelay(never);
    await expect(
      shop.commit((add) => {
        count(add, 'a', 1);
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    await shop.commit((add) => {
      count(add, 'a', 2);
      add(NotedSchema, { text: 'too' }, { id: 'n1' });
    });
    await storedIs(['n1'], 'EVT_NOTES');
    await storedIs(['a-2']);
    const [message] = await storedMessages(system.nats.url, counted);
    expect(fromBinary(CountedSchema, message?.data ?? new Uint8Array())).toMatchObject({
      key: 'a',
      number: 2n,
    });
    expect(message?.subject).toMatch(/^evt\.busline\.bench\.v1\.Counted\.\d+\.a$/);
    expect(await shop.state()).toBe(1);
    await isEmpty();
  });

  it('refuses an event that breaks its contract, and rolls back', async () => {
    const commit = shop.commit((add) => add(NotedSchema, { text: 'x'.repeat(1_001) }));
    await expect(commit).rejects.toThrow('text');
    expect(await shop.state()).toBe(0);
    await isEmpty();
  });

  it('keeps the order of each key with several relays at once, and publishes each event once', async () => {
    const others = await Promise.all([1, 2].map(async () => database.open(await system.connect())));
    const relays = [shop, ...others].map(({ outbox }) =>
      outbox.startRelay({ ...often, batchSize: 16, window: 8 }),
    );
    const expected: string[] = [];
    for (let n = 1; n <= 60; n++) {
      await shop.commit((add) => {
        for (const key of ['a', 'b', 'c']) count(add, key, n);
      });
      expected.push(...['a', 'b', 'c'].map((key) => `${key}-${n}`));
      // The one that leads leaves in the middle.
      if (n === 30) await relays.find(({ leading }) => leading)?.stop();
    }
    await isEmpty();
    const ids = await stored();
    for (const key of ['a', 'b', 'c']) {
      const ofKey = (id: string): boolean => id.startsWith(key);
      expect(ids.filter(ofKey)).toEqual(expected.filter(ofKey));
    }
    expect(relays.reduce((sum, { published }) => sum + published, 0)).toBe(180);
    expect(relays.filter(({ leading }) => leading).length).toBeLessThanOrEqual(1);
  });

  it('takes over from a relay that died, when its lease is over', async () => {
    const nowMs = Date.now();
    await shop.sql(`INSERT INTO busline_outbox_lease VALUES ('relay', 'killed', ${nowMs + 400})`);
    await shop.commit((add) => count(add, 'a', 1));
    const relay = shop.outbox.startRelay(often);
    await storedIs(['a-1']);
    expect(Date.now() - nowMs).toBeGreaterThanOrEqual(400);
    expect(relay.leading).toBe(true);
  });

  it('does not store again what was published before its row could be removed', async () => {
    await shop.commit((add) => {
      count(add, 'a', 1);
      count(add, 'a', 2);
    });
    await bus.publish(CountedSchema, { key: 'a', number: 1n }, { id: 'a-1' });
    shop.outbox.startRelay(never);
    await isEmpty();
    expect(await stored()).toEqual(['a-1', 'a-2']);
  });

  it('sets aside what is too large, holds up its key alone, and goes on when told', async () => {
    await shop.commit((add) => {
      count(add, 'a', 1, new Uint8Array(maxPayloadBytes));
      count(add, 'a', 2);
      count(add, 'b', 1);
    });
    shop.outbox.startRelay(never);
    await storedIs(['b-1']);
    await expect.poll(() => shop.outbox.count()).toEqual({ waiting: 1, setAside: 1 });
    const [poison, ...rest] = await shop.outbox.listSetAside();
    expect(rest).toEqual([]);
    expect(poison).toMatchObject({ id: 'a-1', type: 'busline.bench.v1.Counted', attempts: 1 });
    expect(poison?.error).toContain("over the broker's limit of 65536 bytes");
    expect(await shop.outbox.discard('a-1')).toBe(1);
    await storedIs(['b-1', 'a-2']);
    await isEmpty();
  });

  it('publishes what had no stream once there is one', async () => {
    await shop.commit((add) => {
      add(Small, {}, { id: 's1' });
      count(add, 'b', 1);
    });
    shop.outbox.startRelay(never);
    await storedIs(['b-1']);
    await expect.poll(() => shop.outbox.count(), { timeout: 10_000 }).toEqual({ waiting: 0, setAside: 1 });
    expect((await shop.outbox.listSetAside())[0]?.error).toContain(
      'no stream stores evt.shop.orders.v1.Small',
    );
    await applyStreams(bus, Small);
    expect(await shop.outbox.retry()).toBe(1);
    await storedIs(['s1'], 'SMALL');
    await isEmpty();
  });

  it('tries again when a full stream has room, and does not keep others waiting', async () => {
    await applyStreams(bus, Small);
    await bus.publish(Small, {}, { id: 's0' });
    await shop.commit((add) => {
      add(Small, {}, { id: 's1' });
      count(add, 'b', 1);
    });
    shop.outbox.startRelay(often);
    await storedIs(['b-1']);
    expect(await shop.outbox.count()).toEqual({ waiting: 1, setAside: 0 });
    await withManager(system.nats.url, (manager) => manager.streams.purge('SMALL'));
    await storedIs(['s1'], 'SMALL');
    await isEmpty();
  });

  it('publishes delayed events not before their time', async () => {
    shop.outbox.startRelay(often);
    const committedAtMs = Date.now();
    await shop.commit((add) => {
      add(CountedSchema, { key: 'a' }, { id: 'late', delayMs: 300 });
      add(CountedSchema, { key: 'a' }, { id: 'early' });
    });
    await storedIs(['early', 'late']);
    const [, late] = await storedMessages(system.nats.url, counted);
    expect(late?.time.getTime()).toBeGreaterThanOrEqual(committedAtMs + 300);
  });

  it('waits while the broker is away', async () => {
    const relay = shop.outbox.startRelay({ ...often, timeoutMs: 100 });
    await expect.poll(() => relay.leading).toBe(true);
    system.nats.kill();
    await shop.commit((add) => count(add, 'a', 1));
    await shop.commit((add) => count(add, 'a', 2));
    await system.nats.restart();
    await storedIs(['a-1', 'a-2']);
    await isEmpty();
  });

  it('leaves the rest to others when the bus drains', async () => {
    const relay = shop.outbox.startRelay(never);
    await expect.poll(() => relay.leading).toBe(true);
    await bus.drain();
    expect(relay.leading).toBe(false);
    await shop.commit((add) => count(add, 'a', 1));
    const other = await database.open(await system.connect());
    other.outbox.startRelay(never);
    await storedIs(['a-1']);
    expect(relay.published).toBe(0);
  });

  it('has its inbox commit an effect with the note that it was made', async () => {
    const cause = { consumer: 'c', type: 'a.B', id: '1' };
    await expect(shop.once(cause, { fail: true })).rejects.toThrow('as asked');
    expect(await shop.state()).toBe(0);
    const other = await database.open(bus);
    const known = await Promise.all([shop.once(cause), other.once(cause), shop.once(cause)]);
    expect(known.toSorted()).toEqual([false, true, true]);
    expect(await shop.state()).toBe(1);
  });
}
