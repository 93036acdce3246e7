import type { DatabaseSync } from 'node:sqlite';
import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf';
import type { Bus } from '../bus.ts';
import type { Database } from '../database/database.ts';
import { tableName } from '../database/dialect.ts';
import { postgresDatabase } from '../database/postgres.ts';
import type { PostgresClient, PostgresPool } from '../database/postgres-client.ts';
import { sqliteDatabase } from '../database/sqlite.ts';
import { eventContract } from '../events/contract/event-contract.ts';
import type { EventDetails } from '../events/publish/prepare-event.ts';
import { outboxSql } from './outbox-sql.ts';
import { createOutboxTable, type OutboxCounts, type SetAsideEvent } from './outbox-table.ts';
import { type Relay, startRelay } from './relay.ts';
import { completeRelayOptions, type RelayOptions } from './relay-options.ts';

export type { SetAsideEvent } from './outbox-table.ts';

export interface OutboxOptions {
  /** Table of the waiting events; the lease of its relays is in `<table>_lease`. Default `busline_outbox`. */
  readonly table?: string;
}

/** What may be said about one event besides its message. */
export interface OutboxDetails extends EventDetails {
  /** Publish it so long after the commit at the earliest, in milliseconds. It then has no place in the order of its key. */
  readonly delayMs?: number | undefined;
}

/**
 * Events that are committed together with the state they tell of, and published afterwards.
 *
 * @typeParam Tx An open transaction.
 * @typeParam Pending What `add` returns: nothing on SQLite, whose statements are synchronous, or a promise.
 */
export interface Outbox<Tx, Pending extends undefined | Promise<undefined>> {
  /** The statements that make its tables, for those who keep migrations of their own. */
  readonly tables: readonly string[];
  /** Makes its tables where they are missing. */
  createTables(): Promise<void>;
  /**
   * Adds an event to a transaction: when it commits, the event will be published, and if it does not, never. Events with
   * the same key are published in the order in which their transactions commit.
   *
   * @throws TypeError for a message that is no event, or without a transaction; ConnectError INVALID_MESSAGE.
   */
  add<S extends DescMessage>(tx: Tx, schema: S, event: MessageInitShape<S>, details?: OutboxDetails): Pending;
  /**
   * Begins to publish. Any number of processes may: one of them has its turn, and another takes over when it stops or
   * dies. It ends with the bus.
   *
   * @throws TypeError for options that cannot be used.
   */
  startRelay(options?: RelayOptions): Relay;
  count(): Promise<OutboxCounts>;
  /** Events that could not be published and wait for a decision, the oldest first, at most `limit` (default 100). */
  listSetAside(limit?: number): Promise<SetAsideEvent[]>;
  /** Has the event of this id tried again, or all of them. Resolves with their number. */
  retry(id?: string): Promise<number>;
  /** Drops the event of this id, if it is set aside. Resolves with the number of events dropped. */
  discard(id: string): Promise<number>;
}

export type SqliteOutbox = Outbox<DatabaseSync, undefined>;
export type PostgresOutbox = Outbox<PostgresClient, Promise<undefined>>;

/**
 * An outbox in SQLite, on the connection that the application uses itself.
 *
 * @throws TypeError for options that cannot be used.
 */
export function createSqliteOutbox(bus: Bus, db: DatabaseSync, options: OutboxOptions = {}): SqliteOutbox {
  return createOutbox(bus, sqliteDatabase(db), options);
}

/**
 * An outbox in Postgres. While a relay runs, one connection of the pool listens for notifications.
 *
 * @throws TypeError for options that cannot be used.
 */
export function createPostgresOutbox(
  bus: Bus,
  pool: PostgresPool,
  options: OutboxOptions = {},
): PostgresOutbox {
  return createOutbox(bus, postgresDatabase(pool), options);
}

function createOutbox<Tx, Pending extends undefined | Promise<undefined>>(
  bus: Bus,
  database: Database<Tx, Pending>,
  options: OutboxOptions,
): Outbox<Tx, Pending> {
  const name = tableName('outbox: table', options.table ?? 'busline_outbox');
  const sql = outboxSql(database.dialect, name);
  const table = createOutboxTable(database, sql);
  const wakers = new Set<() => void>();
  const wake = (): void => {
    for (const waker of wakers) waker();
  };
  return {
    tables: sql.createTables,
    createTables: () => table.createTables(),
    add(tx, schema, event, details = {}) {
      const { delayMs = 0 } = details;
      if (!(Number.isSafeInteger(delayMs) && delayMs >= 0)) {
        throw new TypeError(`outbox: delayMs must be a whole number from 0, not ${delayMs}`);
      }
      const { id, key, subject, head, body } = bus.prepareEvent(schema, event, details);
      const { type, stream } = eventContract(schema);
      const lane = key === undefined ? null : `${stream.name} ${key}`;
      return database.execute(tx, sql.insert, [id, type, lane, subject, head, body, delayMs]);
    },
    startRelay(relayOptions = {}) {
      const complete = completeRelayOptions(relayOptions);
      return startRelay(
        {
          bus,
          table,
          onChange(listener) {
            wakers.add(listener);
            const deafen = database.onCommit(name, listener);
            return async () => {
              wakers.delete(listener);
              await deafen();
            };
          },
        },
        complete,
      );
    },
    count: () => table.count(),
    listSetAside: (limit = 100) => table.listSetAside(limit),
    async retry(id) {
      const count = await table.retry(id);
      wake();
      return count;
    },
    async discard(id) {
      const count = await table.discard(id);
      wake();
      return count;
    },
  };
}
