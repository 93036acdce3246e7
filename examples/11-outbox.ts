// State and event in one transaction: whatever is killed when, both happen or neither does. examples/outbox is a whole worker.
import { DatabaseSync } from 'node:sqlite';
import { connect, on } from '@busline/bus';
import { createSqliteOutbox, sqliteTransaction } from '@busline/bus/database';
import { OrderPlacedSchema } from '@busline/schemas/orders/v1/events';

await using bus = await connect();
await bus.applyStreams(await bus.planStreams([OrderPlacedSchema]));
const handled = Promise.withResolvers<void>();
const options = { consumer: 'example-packer', startFrom: 'now' } as const;
const packer = on(OrderPlacedSchema, options, ({ orderId }) => {
  console.log(`packing ${orderId}`);
  handled.resolve();
});
await bus.serve({ name: 'packer', version: '1.0.0', events: [packer] });

const db = new DatabaseSync(':memory:');
db.exec('CREATE TABLE orders (id TEXT PRIMARY KEY)');
const outbox = createSqliteOutbox(bus, db);
await outbox.createTables();
outbox.startRelay();

const place = (orderId: string) =>
  sqliteTransaction(db, (tx) => {
    outbox.add(tx, OrderPlacedSchema, { orderId, customerId: 'ada' });
    db.prepare('INSERT INTO orders VALUES (?)').run(orderId);
  });
place('o-11');
try {
  place('o-11');
} catch {
  console.log('the second is there already: nothing is told');
}
await handled.promise;

// Prints:
// the second is there already: nothing is told
// packing o-11
