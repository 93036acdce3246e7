// Has an effect in its own database for each event: once, by its inbox.
import { on, runWorker } from '@busline/bus';
import { createSqliteInbox } from '@busline/bus/database';
import { CountedSchema } from '@busline/schemas/busline/bench/v1/events';
import { openDatabase } from './databases.ts';

const db = openDatabase(process.env.HANDLED_FILE as string, 'handled');
db.exec('CREATE TABLE IF NOT EXISTS repeats (id TEXT NOT NULL)');
const inbox = createSqliteInbox(db);
inbox.createTables();
const note = db.prepare('INSERT INTO handled VALUES (?, ?)');
const noteRepeat = db.prepare('INSERT INTO repeats VALUES (?)');

await runWorker({
  name: 'consumer',
  version: '1.0.0',
  events: () => [
    // As many attempts as it takes: a kill counts as one.
    on(
      CountedSchema,
      { consumer: 'soak', ackWaitMs: 1_000, maxAttempts: 1_000 },
      ({ key, number }, context) => {
        const { repeated } = inbox.once(context, () => {
          note.run(key, number);
        });
        if (repeated) noteRepeat.run(context.id);
      },
    ),
  ],
});
