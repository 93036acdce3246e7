import type { DatabaseSync } from 'node:sqlite';

/**
 * Runs `work` in a transaction: committed when it returns, rolled back when it throws. It takes the write lock at once, so
 * that nothing it reads changes before it writes; open the database with a `timeout` to wait for that of other processes.
 *
 * @throws whatever `work` throws; TypeError when it returns a promise, because everything else that uses the connection
 * meanwhile would become part of the transaction.
 */
export function sqliteTransaction<T>(db: DatabaseSync, work: (tx: DatabaseSync) => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work(db);
    if (result instanceof Promise) {
      // What it ends with is of no use any more, and must not end the process.
      result.catch(() => {});
      throw new TypeError(
        'a transaction on SQLite must be synchronous: await what it needs before, and return no promise',
      );
    }
    db.exec('COMMIT');
    return result;
  } catch (error) {
    // Some errors end the transaction by themselves.
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}
