// An event that its consumer cannot handle is tried again, then kept as a dead letter with the reason. It can be retried, by that
// consumer alone.
import { setTimeout as delay } from 'node:timers/promises';
import { connect, on } from '@busline/bus';
import { OrderPlacedSchema } from '@busline/schemas/orders/v1/events';

await using bus = await connect();
await bus.applyStreams(await bus.planStreams([OrderPlacedSchema]));

let mended = false;
const handled = Promise.withResolvers<void>();
const options = { consumer: 'example-printer', maxAttempts: 2, firstDelayMs: 10, startFrom: 'now' } as const;
const printer = on(OrderPlacedSchema, options, ({ orderId }, { attempt }) => {
  if (!mended) throw new Error('no paper');
  console.log(`printed ${orderId} at attempt ${attempt}`);
  handled.resolve();
});
await bus.serve({ name: 'printer', version: '1.0.0', events: [printer] });
await bus.publish(OrderPlacedSchema, { orderId: 'o-8', customerId: 'ada' });

const letters = async () => (await bus.deadLetters.list({ consumer: options.consumer, limit: 10 })).letters;
while ((await letters()).length === 0) await delay(10);
for (const { deadLetterId, attempts } of await letters()) {
  console.log(`given up after ${attempts} attempts`);
  mended = true;
  await bus.deadLetters.retry(deadLetterId);
}
await handled.promise;

// Prints:
// given up after 2 attempts
// printed o-8 at attempt 1
