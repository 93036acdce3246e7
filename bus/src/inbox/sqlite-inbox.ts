import type { DatabaseSync } from 'node:sqlite';
import { sqliteDialect } from '../database/dialect.ts';
import { runSqlite, sqliteStatements } from '../database/sqlite.ts';
import { sqliteTransaction } from '../database/sqlite-transaction.ts';
import {
  type Cause,
  completeInboxOptions,
  createExpiryClock,
  expiryBatch,
  type HandledOnce,
  type InboxOptions,
  inboxSql,
} from './inbox.ts';

/** Notes in SQLite which events were handled. */
export interface SqliteInbox {
  /** The statements that make its table, for those who keep migrations of their own. */
  readonly tables: readonly string[];
  /** Makes its table where it is missing. */
  createTables(): void;
  /**
   * Runs `work` in a transaction that also notes the event; when the event was noted before, nothing runs.
   *
   * @throws whatever `work` throws, the event then not being noted; TypeError when it returns a promise.
   */
  once<T>(cause: Cause, work: (tx: DatabaseSync) => T): HandledOnce<T>;
}

/** @throws TypeError for options that cannot be used. */
export function createSqliteInbox(db: DatabaseSync, options: InboxOptions = {}): SqliteInbox {
  const { table, keepMs } = completeInboxOptions(options);
  const sql = inboxSql(sqliteDialect, table);
  const prepare = sqliteStatements(db);
  const isTimeToForget = createExpiryClock(keepMs);
  return {
    tables: sql.createTables,
    createTables() {
      for (const statement of sql.createTables) db.exec(statement);
    },
    once: ({ consumer, type, id }, work) =>
      sqliteTransaction(db, (tx) => {
        const isNew = runSqlite(prepare(sql.insert), [consumer, type, id]).changed > 0;
        if (!isNew) return { value: undefined, repeated: true };
        const value = work(tx);
        // Looked at here, where the transaction can still be rolled back.
        if (value instanceof Promise) {
          value.catch(() => {});
          throw new TypeError('inbox: work on SQLite must be synchronous; await what it needs before');
        }
        if (isTimeToForget()) runSqlite(prepare(sql.expire), [keepMs, expiryBatch]);
        return { value, repeated: false };
      }),
  };
}
