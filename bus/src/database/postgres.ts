import type { Database } from './database.ts';
import { postgresDialect } from './dialect.ts';
import type { PostgresClient, PostgresPool, PostgresResult } from './postgres-client.ts';
import { listenForNotifications } from './postgres-notifications.ts';

/** A pool of Postgres connections; the application's transactions run on connections that it takes itself. */
export function postgresDatabase(pool: PostgresPool): Database<PostgresClient, Promise<undefined>> {
  return {
    dialect: postgresDialect,
    async query(text, values = []) {
      const { rows, rowCount } = await pool.query(text, values.map(sent));
      return { rows: rows as Readonly<Record<string, unknown>>[], changed: rowCount ?? 0 };
    },
    async execute(tx, text, values) {
      if (tx === pool) {
        throw new TypeError(
          'a pool has no transaction: an event is added on the connection that changes the state, see postgresTransaction()',
        );
      }
      await (tx.query(text, values.map(sent)) satisfies Promise<PostgresResult>);
      return undefined;
    },
    onCommit: (channel, listener) => listenForNotifications(pool, channel, listener),
  };
}

/** Bytes as every client takes them. */
function sent(value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value;
}
