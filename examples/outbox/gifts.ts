// A worker with a database of its own: the third order of a customer, the sixth and so on earn a gift. That an order was
// counted, the count, and the event of the gift are committed together, so killing it at any moment loses no gift and
// sends none twice.
import { DatabaseSync } from 'node:sqlite';
import { timestampNow } from '@bufbuild/protobuf/wkt';
import { on, runWorker } from '@busline/bus';
import { createSqliteInbox, createSqliteOutbox } from '@busline/bus/database';
import { OrderPlacedSchema } from '@busline/schemas/orders/v1/events';

const ordersPerGift = 3;
/** How soon another process goes on after this one was killed, in milliseconds. */
const takeOverMs = 1_000;

const db = new DatabaseSync(process.env.GIFTS_DB ?? 'gifts.db', { timeout: 5_000 });
db.exec(`PRAGMA journal_mode = WAL;
  CREATE TABLE IF NOT EXISTS customers (customer_id TEXT PRIMARY KEY, orders INTEGER NOT NULL)`);
const countOrder = db.prepare(`INSERT INTO customers VALUES (?, 1)
  ON CONFLICT (customer_id) DO UPDATE SET orders = orders + 1 RETURNING orders`);

await runWorker({
  name: 'gifts',
  version: '1.0.0',
  async events(bus) {
    const inbox = createSqliteInbox(db);
    inbox.createTables();
    const outbox = createSqliteOutbox(bus, db);
    await outbox.createTables();
    outbox.startRelay({ leaseMs: takeOverMs });

    return [
      on(
        OrderPlacedSchema,
        { consumer: 'gifts', ackWaitMs: takeOverMs },
        ({ orderId, customerId }, context) => {
          if (orderId.startsWith('gift-')) return;
          inbox.once(context, (tx) => {
            const orders = Number(countOrder.get(customerId)?.orders);
            if (orders % ordersPerGift !== 0) return;
            const gift = `gift-${customerId}-${orders / ordersPerGift}`;
            outbox.add(
              tx,
              OrderPlacedSchema,
              { orderId: gift, customerId, placeTime: timestampNow() },
              { id: `${gift}:placed` },
            );
          });
        },
      ),
    ];
  },
});
