import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf';
import type { Bus } from '@busline/bus';
import {
  type Cause,
  createPostgresInbox,
  createPostgresOutbox,
  createSqliteInbox,
  createSqliteOutbox,
  type Outbox,
  type OutboxDetails,
  postgresTransaction,
  sqliteTransaction,
} from '@busline/bus/database';
import { type findPostgres, startPostgres } from '@busline/bus/testing';
import pg from 'pg';

type AnyOutbox = Outbox<never, undefined | Promise<undefined>>;

/** What one process does with the database, the same for SQLite and Postgres. */
export interface Process {
  readonly outbox: Omit<AnyOutbox, 'add'>;
  /** Counts the state up and adds an event for each `add`, in one transaction; `work` ends it by throwing. */
  commit(work: (add: Add) => void): Promise<void>;
  /** How often the state was counted up. */
  state(): Promise<number>;
  /** Counts the state up unless the cause is known; fails afterwards if asked to. Resolves with whether it was known. */
  once(cause: Cause, options?: { readonly fail?: boolean }): Promise<boolean>;
  sql(text: string): Promise<void>;
}

export type Add = <S extends DescMessage>(
  schema: S,
  event: MessageInitShape<S>,
  details?: OutboxDetails,
) => void;

export interface TestDatabases {
  /** An empty database. */
  create(): Promise<TestDatabase>;
  stop(): Promise<void>;
}

export interface TestDatabase {
  /** Connects to it, as another process does. */
  open(bus: Bus): Promise<Process>;
  drop(): Promise<void>;
}

const stateTable = 'CREATE TABLE IF NOT EXISTS state (n INTEGER)';
const countUp = 'INSERT INTO state VALUES (1)';
const countAll = 'SELECT count(*) AS n FROM state';

export async function startSqliteDatabases(): Promise<TestDatabases> {
  const folder = await mkdtemp(join(tmpdir(), 'busline-outbox-'));
  let created = 0;
  return {
    async create() {
      const file = join(folder, `${++created}.db`);
      const opened: DatabaseSync[] = [];
      return {
        async open(bus) {
          const db = new DatabaseSync(file, { timeout: 5_000 });
          opened.push(db);
          db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; ${stateTable}`);
          const outbox = createSqliteOutbox(bus, db);
          const inbox = createSqliteInbox(db);
          await outbox.createTables();
          inbox.createTables();
          return {
            outbox,
            async commit(work) {
              sqliteTransaction(db, (tx) => {
                tx.exec(countUp);
                work((schema, event, details) => outbox.add(tx, schema, event, details));
              });
            },
            state: async () => Number(db.prepare(countAll).get()?.n),
            async once(cause, { fail = false } = {}) {
              return inbox.once(cause, (tx) => {
                tx.exec(countUp);
                if (fail) throw new Error('as asked');
              }).repeated;
            },
            async sql(text) {
              db.exec(text);
            },
          };
        },
        async drop() {
          for (const db of opened) db.close();
        },
      };
    },
    async stop() {
      await rm(folder, { recursive: true });
    },
  };
}

export async function startPostgresDatabases(
  programs: NonNullable<ReturnType<typeof findPostgres>>,
): Promise<TestDatabases> {
  const server = await startPostgres(programs);
  let created = 0;
  return {
    async create() {
      // A schema is as good as a database, and made in a fraction of the time.
      const schema = `s${++created}`;
      const pools: pg.Pool[] = [];
      return {
        async open(bus) {
          const pool = openPool(server.url, schema);
          pools.push(pool);
          await pool.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
          await pool.query(stateTable);
          const outbox = createPostgresOutbox(bus, pool);
          const inbox = createPostgresInbox(pool);
          await outbox.createTables();
          await inbox.createTables();
          return {
            outbox,
            async commit(work) {
              await postgresTransaction(pool, async (tx) => {
                await tx.query(countUp);
                await addAll(work, (...event) => outbox.add(tx, ...event));
              });
            },
            state: async () => Number((await pool.query(countAll)).rows[0].n),
            async once(cause, { fail = false } = {}) {
              const { repeated } = await inbox.once(cause, async (tx) => {
                await tx.query(countUp);
                if (fail) throw new Error('as asked');
              });
              return repeated;
            },
            async sql(text) {
              await pool.query(text);
            },
          };
        },
        async drop() {
          await Promise.all(pools.map((pool) => pool.end()));
        },
      };
    },
    stop: () => server.stop(),
  };
}

/** A pool whose statements see one schema; the server knows its connections by `name`. */
export function openPool(url: string, schema: string, name = 'test'): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    options: `-c search_path=${schema}`,
    application_name: name,
    max: 5,
  });
  // A connection that is cut while nobody uses it; the pool makes another.
  pool.on('error', () => {});
  return pool;
}

/** What `work` adds, one after another. */
async function addAll(
  work: (add: Add) => void,
  add: (...event: Parameters<Add>) => Promise<undefined>,
): Promise<void> {
  const added: Parameters<Add>[] = [];
  work((schema, event, details) => {
    added.push([schema, event as Parameters<Add>[1], details]);
  });
  for (const event of added) await add(...event);
}
