import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, it } from 'vitest';
import { postgresDialect, sqliteDialect } from '../database/dialect.ts';
import { sqliteDatabase } from '../database/sqlite.ts';
import { sqliteTransaction } from '../database/sqlite-transaction.ts';
import { outboxSql } from './outbox-sql.ts';
import { createOutboxTable, type OutboxTable } from './outbox-table.ts';

const sql = outboxSql(sqliteDialect, 'box');
const many = { rows: 100, bytes: 1_000_000 };

describe('outboxSql()', () => {
  it('makes Postgres number the rows of a lane in the order of their commits', () => {
    const { insert, createTables } = outboxSql(postgresDialect, 'box');
    expect(insert).toContain("pg_advisory_xact_lock(hashtextextended('box ' || $3::text, 0))");
    expect(createTables[0]).toContain('seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY');
  });

  it('makes SQLite never use a number again', () => {
    expect(sql.createTables[0]).toContain('AUTOINCREMENT');
  });
});

describe('the table of an outbox', () => {
  let db: DatabaseSync;
  let table: OutboxTable;
  const add = (id: string, lane: string | null = null, { size = 1, delayMs = 0 } = {}): void => {
    sqliteTransaction(db, (tx) => {
      const database = sqliteDatabase(tx);
      const values = [id, 'a.B', lane, 'evt.a.B.0._', new Uint8Array(3), new Uint8Array(size), delayMs];
      database.execute(tx, sql.insert, values);
    });
  };
  const claimed = async (limits = many): Promise<string> =>
    (await table.claim(limits)).map(({ id }) => id).join(' ');
  const rowOf = async (id: string) => {
    const row = (await table.claim(many)).find((each) => each.id === id);
    if (row === undefined) throw new Error(`${id} cannot be claimed`);
    return row;
  };
  beforeEach(async () => {
    db = new DatabaseSync(':memory:');
    table = createOutboxTable(sqliteDatabase(db), sql);
    await table.createTables();
    // It may be called at every start.
    await table.createTables();
  });

  it('gives rows in their order, as they were', async () => {
    add('1', 'EVT_A k');
    add('2');
    const [first, second] = await table.claim(many);
    expect(first).toEqual({
      seq: 1,
      id: '1',
      type: 'a.B',
      key: undefined,
      lane: 'EVT_A k',
      subject: 'evt.a.B.0._',
      head: new Uint8Array(3),
      body: new Uint8Array(1),
      attempts: 0,
    });
    expect(second).toMatchObject({ id: '2', lane: undefined });
  });

  it('removes rows', async () => {
    for (const id of ['1', '2', '3']) add(id);
    await table.remove((await table.claim(many)).filter(({ id }) => id !== '2'));
    expect(await claimed()).toBe('2');
    expect(await table.count()).toEqual({ waiting: 1, setAside: 0 });
  });

  it('gives no more rows and bytes than asked for, and one however large', async () => {
    for (const id of ['1', '2', '3']) add(id, null, { size: 10 });
    expect(await claimed({ rows: 2, bytes: 1_000 })).toBe('1 2');
    expect(await claimed({ rows: 9, bytes: 11 })).toBe('1 2');
    expect(await claimed({ rows: 9, bytes: 1 })).toBe('1');
  });

  it('keeps a delayed row until its time, and lets its lane go on', async () => {
    add('later', 'k', { delayMs: 60_000 });
    add('now', 'k');
    expect(await claimed()).toBe('now');
    db.exec('UPDATE box SET due_ms = 1 WHERE due_ms > 0');
    expect(await claimed()).toBe('later now');
  });

  it('holds up the lane of a row that was postponed, and no other', async () => {
    add('1', 'k');
    add('2', 'k');
    add('3', 'other');
    add('4');
    await table.postpone(await rowOf('1'), 60_000, 'full');
    expect(await claimed()).toBe('3 4');
    db.exec('UPDATE box SET due_ms = 1 WHERE due_ms > 0');
    expect(await claimed()).toBe('1 3 4');
    expect((await rowOf('1')).attempts).toBe(1);
  });

  it('holds up the lane of a row that is set aside, until it is discarded', async () => {
    add('bad', 'k');
    add('next', 'k');
    add('else');
    await table.setAside(await rowOf('bad'), 'too large');
    expect(await claimed()).toBe('else');
    expect(await table.count()).toEqual({ waiting: 2, setAside: 1 });
    expect(await table.listSetAside(10)).toEqual([
      {
        id: 'bad',
        type: 'a.B',
        subject: 'evt.a.B.0._',
        bytes: 1,
        attempts: 1,
        error: 'too large',
        setAsideAt: expect.any(Date),
      },
    ]);
    expect(await table.discard('next')).toBe(0);
    expect(await table.discard('bad')).toBe(1);
    expect(await claimed()).toBe('next else');
  });

  it('tries a row again that was set aside, before the rest of its lane', async () => {
    add('bad', 'k');
    add('next', 'k');
    await table.setAside(await rowOf('bad'), 'no stream');
    expect(await table.retry('next')).toBe(0);
    expect(await table.retry(undefined)).toBe(1);
    expect(await claimed()).toBe('bad');
    await table.remove([await rowOf('bad')]);
    expect(await claimed()).toBe('next');
  });

  it('lets one lead at a time, and another when the time is over', async () => {
    expect(await table.lead('a', 60_000)).toBe(true);
    expect(await table.lead('b', 60_000)).toBe(false);
    expect(await table.lead('a', 60_000)).toBe(true);
    db.exec('UPDATE box_lease SET until_ms = 0');
    expect(await table.lead('b', 60_000)).toBe(true);
    expect(await table.lead('a', 60_000)).toBe(false);
    await table.resign('a');
    expect(await table.lead('a', 60_000)).toBe(false);
    await table.resign('b');
    expect(await table.lead('a', 60_000)).toBe(true);
  });

  it('finds what may leave without reading what may not', () => {
    const plan = db
      .prepare(`EXPLAIN QUERY PLAN ${sql.claim.replace(/\$(\d)/g, '?$1')}`)
      .all(1, 1, 1)
      .map(({ detail }) => String(detail));
    expect(plan.filter((step) => step.includes('INDEX box_due'))).toHaveLength(2);
    expect(plan.filter((step) => /^SCAN (o|e)\b/.test(step))).toEqual([]);
  });
});
