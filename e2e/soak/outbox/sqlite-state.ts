import { DatabaseSync } from 'node:sqlite';
import { createSqliteInbox, createSqliteOutbox, sqliteTransaction } from '@busline/bus/database';
import { CountedSchema } from '@busline/schemas/busline/bench/v1/events';
import { lines, nextNumber, relayOptions, type State, tables } from './state.ts';

export function openSqliteState(file: string): State {
  const db = new DatabaseSync(file, { timeout: 10_000 });
  // Processes are killed here, not machines: what was written to the file stays.
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF');
  for (const statement of tables) db.exec(statement);
  return {
    async produce(bus) {
      const outbox = createSqliteOutbox(bus, db);
      await outbox.createTables();
      outbox.startRelay(relayOptions);
      const next = db.prepare(nextNumber.replace('$1', '?'));
      const make = db.prepare('INSERT INTO made VALUES (?, ?)');
      return {
        async makeNext(key) {
          sqliteTransaction(db, (tx) => {
            const number = Number(next.get(key)?.number);
            make.run(key, number);
            outbox.add(tx, CountedSchema, { key, number: BigInt(number) }, { id: `${key}-${number}` });
          });
        },
        waiting: async () => (await outbox.count()).waiting,
      };
    },
    async consume() {
      const inbox = createSqliteInbox(db);
      inbox.createTables();
      const note = db.prepare('INSERT INTO handled VALUES (?, ?)');
      const noteRepeat = db.prepare('INSERT INTO repeats VALUES (?)');
      return async (cause, key, number) => {
        const { repeated } = inbox.once(cause, () => {
          note.run(key, number);
        });
        if (repeated) noteRepeat.run(cause.id);
        return repeated;
      };
    },
    count: async (table) => Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n),
    read: async (table) =>
      db
        .prepare(lines(table))
        .all()
        .map(({ line }) => String(line)),
    async close() {
      db.close();
    },
  };
}
