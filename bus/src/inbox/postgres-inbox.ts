import { postgresDialect } from '../database/dialect.ts';
import type { PostgresClient, PostgresPool } from '../database/postgres-client.ts';
import { postgresTransaction } from '../database/postgres-transaction.ts';
import {
  type Cause,
  completeInboxOptions,
  createExpiryClock,
  expiryBatch,
  type HandledOnce,
  type InboxOptions,
  inboxSql,
} from './inbox.ts';

/** Notes in Postgres which events were handled. */
export interface PostgresInbox {
  /** The statements that make its table, for those who keep migrations of their own. */
  readonly tables: readonly string[];
  /** Makes its table where it is missing. */
  createTables(): Promise<void>;
  /**
   * Runs `work` in a transaction that also notes the event; when the event was noted before, nothing runs. While another
   * process handles the same event it waits for the end of that transaction.
   *
   * @throws whatever `work` throws, the event then not being noted; errors of the database.
   */
  once<T>(cause: Cause, work: (tx: PostgresClient) => Promise<T>): Promise<HandledOnce<T>>;
}

/** @throws TypeError for options that cannot be used. */
export function createPostgresInbox(pool: PostgresPool, options: InboxOptions = {}): PostgresInbox {
  const { table, keepMs } = completeInboxOptions(options);
  const sql = inboxSql(postgresDialect, table);
  const isTimeToForget = createExpiryClock(keepMs);
  return {
    tables: sql.createTables,
    async createTables() {
      for (const statement of sql.createTables) await pool.query(statement);
    },
    once: ({ consumer, type, id }, work) =>
      postgresTransaction(pool, async (tx) => {
        const { rowCount } = await tx.query(sql.insert, [consumer, type, id]);
        if ((rowCount ?? 0) === 0) return { value: undefined, repeated: true };
        const value = await work(tx);
        if (isTimeToForget()) await tx.query(sql.expire, [keepMs, expiryBatch]);
        return { value, repeated: false };
      }),
  };
}
