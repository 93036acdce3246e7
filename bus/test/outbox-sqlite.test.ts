import { DatabaseSync } from 'node:sqlite';
import type { Bus } from '@busline/bus';
import { createSqliteOutbox, type SqliteOutbox, sqliteTransaction } from '@busline/bus/database';
import { CountedSchema } from '@busline/schemas/busline/bench/v1/events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyStreams, storedMessages } from './event-streams.ts';
import { type System, silent, startSystem } from './system.ts';

// What only a database on the application's own connection can do wrong.
describe('SQLite', () => {
  let system: System;
  let bus: Bus;
  let db: DatabaseSync;
  let outbox: SqliteOutbox;
  beforeAll(async () => {
    system = await startSystem();
    bus = await system.connect();
    await applyStreams(bus, CountedSchema);
    db = new DatabaseSync(':memory:');
    outbox = createSqliteOutbox(bus, db);
    await outbox.createTables();
  });
  afterAll(async () => {
    await system?.close();
    db?.close();
  });

  const add = (id: string) => outbox.add(db, CountedSchema, { key: 'k' }, { id });
  const stored = async (): Promise<string[]> =>
    (await storedMessages(system.nats.url, 'EVT_BUSLINE_BENCH')).map(({ header }) => header.get('ce-id'));

  it('publishes nothing of a transaction that is left open, and may be rolled back', async () => {
    const relay = outbox.startRelay({ pollMs: 5, logger: silent });
    await expect.poll(() => relay.leading).toBe(true);
    db.exec('BEGIN');
    add('never');
    await bus.publish(CountedSchema, { key: 'other' }, { id: 'meanwhile' });
    db.exec('ROLLBACK');
    sqliteTransaction(db, () => add('then'));
    await expect.poll(stored).toEqual(['meanwhile', 'then']);
    await relay.stop();
  });

  it('is told when an event is added without a transaction, or to another connection', () => {
    expect(() => add('x')).toThrow('no transaction is open');
    const other = new DatabaseSync(':memory:');
    other.exec('BEGIN');
    expect(() => outbox.add(other, CountedSchema, { key: 'k' })).toThrow('of another connection');
    other.close();
  });

  it('refuses details and options that cannot be used', () => {
    expect(() =>
      sqliteTransaction(db, () => outbox.add(db, CountedSchema, { key: 'k' }, { delayMs: -1 })),
    ).toThrow('delayMs must be a whole number from 0, not -1');
    expect(() => createSqliteOutbox(bus, db, { table: 'no-such' })).toThrow('outbox: table must be');
    expect(outbox.tables.join(';')).toContain('CREATE TABLE IF NOT EXISTS busline_outbox ');
  });
});
