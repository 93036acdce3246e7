// An event that is published later. Until then the broker keeps it, so that nobody has to stay alive for it.
import { connect, on } from '@busline/bus';
import { OrderCancelledSchema } from '@busline/schemas/orders/v1/events';

await using bus = await connect();
await bus.applyStreams(await bus.planStreams([OrderCancelledSchema]));
const handled = Promise.withResolvers<number>();
const options = { consumer: 'example-reminder', startFrom: 'now' } as const;
const reminder = on(OrderCancelledSchema, options, () => handled.resolve(performance.now()));
await bus.serve({ name: 'reminder', version: '1.0.0', events: [reminder] });

const published = performance.now();
await bus.publish(OrderCancelledSchema, { orderId: 'o-12', customerId: 'ada' }, { afterMs: 1_000 });
const waitedMs = (await handled.promise) - published;
console.log(`a second later: ${waitedMs >= 1_000 && waitedMs < 5_000}`);

// Prints:
// a second later: true
