// Events of one key are handled in their order, one at a time, however many processes share the consumer; those of different
// keys beside each other.
import { setTimeout as delay } from 'node:timers/promises';
import { connect, on } from '@busline/bus';
import { OrderPlacedSchema } from '@busline/schemas/orders/v1/events';

await using bus = await connect();
await bus.applyStreams(await bus.planStreams([OrderPlacedSchema]));

const seen: string[] = [];
const done = Promise.withResolvers<void>();
const options = { consumer: 'example-ledger', orderByKey: true, startFrom: 'now' } as const;
const ledger = on(OrderPlacedSchema, options, async ({ orderId, customerId }) => {
  // The key of the event is its order_id: each order is slow by chance, and none overtakes itself.
  await delay(Math.random() * 20);
  seen.push(`${orderId}:${customerId}`);
  if (seen.length === 6) done.resolve();
});
await bus.serve({ name: 'ledger', version: '1.0.0', events: [ledger] });

for (const customerId of ['first', 'second', 'third']) {
  for (const orderId of ['a', 'b']) await bus.publish(OrderPlacedSchema, { orderId, customerId });
}
await done.promise;
for (const order of ['a', 'b']) console.log(seen.filter((entry) => entry.startsWith(order)).join(' '));

// Prints:
// a:first a:second a:third
// b:first b:second b:third
