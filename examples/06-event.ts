// A fact that must not be lost: the broker has stored it when publish() resolves, and each consumer handles it. The id makes
// publishing it again harmless.
import { connect, on } from '@busline/bus';
import { OrderPlacedSchema } from '@busline/schemas/orders/v1/events';

await using bus = await connect();
await bus.applyStreams(await bus.planStreams([OrderPlacedSchema]));

const handled = Promise.withResolvers<void>();
const mailer = on(OrderPlacedSchema, { consumer: 'example-mailer', startFrom: 'now' }, ({ orderId }) => {
  console.log(`a mail about ${orderId}`);
  handled.resolve();
});
await bus.serve({ name: 'mailer', version: '1.0.0', events: [mailer] });

const order = { orderId: 'o-1', customerId: 'ada' };
const id = `order-placed-${process.pid}`;
const first = await bus.publish(OrderPlacedSchema, order, { id });
const again = await bus.publish(OrderPlacedSchema, order, { id });
await handled.promise;
console.log(`stored twice: ${again.sequence !== first.sequence}`);

// Prints:
// a mail about o-1
// stored twice: false
