// Commits state and event together, as fast as its outbox empties, until it is killed or told to stop. One row of
// state is one event.
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from '@busline/bus';
import { createSqliteOutbox, sqliteTransaction } from '@busline/bus/database';
import { CountedSchema } from '@busline/schemas/busline/bench/v1/events';
import { openDatabase } from './databases.ts';

const keyCount = 20;
/** Events that may wait, so that a kill finds some, and the end comes soon after the last. */
const mostWaiting = 200;

const db = openDatabase(process.env.MADE_FILE as string, 'made');
const bus = await connect({ name: 'producer' });
const outbox = createSqliteOutbox(bus, db);
await outbox.createTables();
outbox.startRelay({ leaseMs: 300, pollMs: 10, batchSize: 64, window: 32 });

let producing = true;
process.on('message', () => {
  producing = false;
});
process.on('disconnect', () => process.exit(0));
process.send?.({ ready: true });

const last = db.prepare('SELECT coalesce(max(number), 0) AS number FROM made WHERE key = ?');
const make = db.prepare('INSERT INTO made VALUES (?, ?)');
for (let turn = 0; producing; turn++) {
  const key = `k${turn % keyCount}`;
  sqliteTransaction(db, (tx) => {
    const number = Number(last.get(key)?.number) + 1;
    make.run(key, number);
    outbox.add(tx, CountedSchema, { key, number: BigInt(number) }, { id: `${key}-${number}` });
  });
  if (turn % 10 === 9) {
    do await delay(5);
    while ((await outbox.count()).waiting > mostWaiting);
  }
}
