import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, it } from 'vitest';
import { sqliteTransaction } from './sqlite-transaction.ts';

describe('sqliteTransaction()', () => {
  let db: DatabaseSync;
  const count = (): unknown => db.prepare('SELECT count(*) AS n FROM t').get()?.n;
  beforeEach(() => {
    db = new DatabaseSync(':memory:');
    db.exec('CREATE TABLE t (n INTEGER UNIQUE ON CONFLICT ROLLBACK)');
  });

  it('commits what was done, and returns what was returned', () => {
    const result = sqliteTransaction(db, (tx) => {
      tx.exec('INSERT INTO t VALUES (1)');
      return 'done';
    });
    expect(result).toBe('done');
    expect(db.isTransaction).toBe(false);
    expect(count()).toBe(1);
  });

  it.each<[string, () => unknown, string]>([
    [
      'throws',
      () => {
        throw new Error('no');
      },
      'no',
    ],
    ['returns a promise', () => Promise.reject(new Error('nobody hears this')), 'must be synchronous'],
    [
      'breaks a rule that ends the transaction by itself',
      () => db.exec('INSERT INTO t VALUES (1)'),
      'UNIQUE',
    ],
  ])('rolls back when the work %s', (_, work, message) => {
    const transaction = () =>
      sqliteTransaction(db, (tx) => {
        tx.exec('INSERT INTO t VALUES (1)');
        return work();
      });
    expect(transaction).toThrow(message);
    expect(db.isTransaction).toBe(false);
    expect(count()).toBe(0);
  });
});
