import type { Bus } from '@busline/bus';
import {
  createPostgresInbox,
  createPostgresOutbox,
  type PostgresOutbox,
  postgresTransaction,
} from '@busline/bus/database';
import { findPostgres, startPostgres, type TestPostgres } from '@busline/bus/testing';
import { CountedSchema } from '@busline/schemas/busline/bench/v1/events';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPool } from '../src/outbox/testing/outbox-databases.ts';
import { applyStreams, storedMessages } from './event-streams.ts';
import { type System, silent, startSystem } from './system.ts';

const programs = findPostgres();

// What only a database with concurrent transactions can do wrong.
describe.skipIf(programs === undefined)('Postgres', () => {
  let system: System;
  let postgres: TestPostgres;
  let pool: pg.Pool;
  let bus: Bus;
  let outbox: PostgresOutbox;
  beforeAll(async () => {
    [system, postgres] = await Promise.all([startSystem(), startPostgres(programs as string)]);
    bus = await system.connect();
    await applyStreams(bus, CountedSchema);
    pool = openPool(postgres.url, 'public');
    outbox = createPostgresOutbox(bus, pool);
    await outbox.createTables();
  });
  afterAll(async () => {
    await system?.close();
    await pool?.end();
    await postgres?.stop();
  });

  const add = (tx: pg.PoolClient, key: string, number: number) =>
    outbox.add(tx, CountedSchema, { key, number: BigInt(number) }, { id: `${key}-${number}` });
  const waitsForLock = async (): Promise<boolean> => {
    const { rowCount } = await pool.query(
      "SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'advisory'",
    );
    return rowCount === 1;
  };

  it('numbers the events of a key in the order of the commits', async () => {
    const [first, second, other] = await Promise.all([pool.connect(), pool.connect(), pool.connect()]);
    for (const client of [first, second, other]) await client.query('BEGIN');
    await add(first, 'k', 1);
    const waiting = add(second, 'k', 2);
    await expect.poll(waitsForLock).toBe(true);
    // Another key does not wait.
    await add(other, 'm', 1);
    await other.query('COMMIT');
    await first.query('COMMIT');
    await waiting;
    await second.query('COMMIT');
    for (const client of [first, second, other]) client.release();
    const { rows } = await pool.query("SELECT id FROM busline_outbox WHERE lane LIKE '%k' ORDER BY seq");
    expect(rows).toEqual([{ id: 'k-1' }, { id: 'k-2' }]);
  });

  it('wakes a relay of another process at the commit, by a connection that is made anew when it is lost', async () => {
    const far = openPool(postgres.url, 'public', 'far');
    try {
      const relay = createPostgresOutbox(await system.connect(), far).startRelay({
        pollMs: 3_600_000,
        leaseMs: 3_600_000,
        logger: silent,
      });
      const listeners = async (): Promise<number> => {
        const { rowCount } = await pool.query(
          "SELECT 1 FROM pg_stat_activity WHERE query = 'LISTEN busline_outbox' AND pid <> pg_backend_pid()",
        );
        return rowCount ?? 0;
      };
      await expect.poll(listeners, { timeout: 10_000 }).toBe(1);
      await postgresTransaction(pool, (tx) => add(tx as pg.PoolClient, 'far', 1));
      const stored = async (): Promise<string[]> =>
        (await storedMessages(system.nats.url, 'EVT_BUSLINE_BENCH')).map(({ header }) => header.get('ce-id'));
      await expect.poll(stored, { timeout: 10_000 }).toContain('far-1');

      await pool.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN busline_outbox'",
      );
      await expect.poll(listeners).toBe(0);
      await postgresTransaction(pool, (tx) => add(tx as pg.PoolClient, 'far', 2));
      await expect.poll(stored, { timeout: 10_000 }).toContain('far-2');
      await relay.stop();
    } finally {
      await far.end();
    }
  });

  it('goes on when the connections of a relay are cut', async () => {
    const far = openPool(postgres.url, 'public', 'far');
    try {
      const relay = createPostgresOutbox(await system.connect(), far).startRelay({
        pollMs: 20,
        logger: silent,
      });
      await expect.poll(() => relay.leading, { timeout: 10_000 }).toBe(true);
      for (let n = 1; n <= 5; n++) {
        await postgresTransaction(pool, (tx) => add(tx as pg.PoolClient, 'cut', n));
        await pool.query(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'far'",
        );
      }
      await expect.poll(() => outbox.count(), { timeout: 20_000 }).toEqual({ waiting: 0, setAside: 0 });
      await relay.stop();
      const ids = (await storedMessages(system.nats.url, 'EVT_BUSLINE_BENCH'))
        .map(({ header }) => header.get('ce-id'))
        .filter((id) => id.startsWith('cut-'));
      expect(ids).toEqual(['cut-1', 'cut-2', 'cut-3', 'cut-4', 'cut-5']);
    } finally {
      await far.end();
    }
  });

  it('is told when an event is added without a transaction', async () => {
    await expect(outbox.add(pool, CountedSchema, { key: 'k' })).rejects.toThrow('a pool has no transaction');
  });

  it('forgets what its inbox keeps no longer', async () => {
    const inbox = createPostgresInbox(pool, { keepMs: 50 });
    await inbox.createTables();
    const once = (id: string) => inbox.once({ consumer: 'c', type: 'a.B', id }, async () => undefined);
    await once('first');
    await expect
      .poll(async () => {
        await once(String(Math.random()));
        return (await pool.query("SELECT 1 FROM busline_inbox WHERE id = 'first'")).rowCount;
      })
      .toBe(0);
  });
});
