import { createPostgresInbox, createPostgresOutbox, postgresTransaction } from '@busline/bus/database';
import { CountedSchema } from '@busline/schemas/busline/bench/v1/events';
import pg from 'pg';
import { lines, nextNumber, relayOptions, type State, tables } from './state.ts';

/** Held while tables are made: two processes that make one at once get in each other's way. */
const makeTables = 'SELECT pg_advisory_xact_lock(1)';

export async function openPostgresState(url: string): Promise<State> {
  const pool = new pg.Pool({ connectionString: url, max: 6 });
  // A connection that is cut while nobody uses it; the pool makes another.
  pool.on('error', () => {});
  const create = (statements: readonly string[]): Promise<void> =>
    postgresTransaction(pool, async (tx) => {
      await tx.query(makeTables);
      for (const statement of statements) await tx.query(statement);
    });
  await create(tables);
  return {
    async produce(bus) {
      const outbox = createPostgresOutbox(bus, pool);
      await create(outbox.tables);
      outbox.startRelay(relayOptions);
      return {
        makeNext: (key) =>
          postgresTransaction(pool, async (tx) => {
            const { rows } = await tx.query(nextNumber, [key]);
            const number = Number((rows[0] as { number: string }).number);
            await tx.query('INSERT INTO made VALUES ($1, $2)', [key, number]);
            await outbox.add(tx, CountedSchema, { key, number: BigInt(number) }, { id: `${key}-${number}` });
          }),
        waiting: async () => (await outbox.count()).waiting,
      };
    },
    async consume() {
      const inbox = createPostgresInbox(pool);
      await create(inbox.tables);
      return async (cause, key, number) => {
        const { repeated } = await inbox.once(cause, async (tx) => {
          await tx.query('INSERT INTO handled VALUES ($1, $2)', [key, number]);
        });
        if (repeated) await pool.query('INSERT INTO repeats VALUES ($1)', [cause.id]);
        return repeated;
      };
    },
    count: async (table) => Number((await pool.query(`SELECT count(*) AS n FROM ${table}`)).rows[0].n),
    read: async (table) => (await pool.query(lines(table))).rows.map(({ line }) => String(line)),
    close: () => pool.end(),
  };
}
