// A test of a worker that needs no broker, and no waiting: the bus is in this process, and the clock is the test's.
import assert from 'node:assert/strict';
import { on } from '@busline/bus';
import { openMemoryBus, useFakeClock } from '@busline/bus/memory';
import { OrderPlacedSchema } from '@busline/schemas/orders/v1/events';

using clock = useFakeClock();
await using bus = await openMemoryBus({ clock, events: [OrderPlacedSchema] });
let attempts = 0;
const options = { consumer: 'mailer', maxAttempts: 3, firstDelayMs: 600_000, maxDelayMs: 1_800_000 };
const mailer = on(OrderPlacedSchema, options, () => {
  attempts++;
  throw new Error('no mail server');
});
await bus.serve({ name: 'mailer', version: '1.0.0', events: [mailer] });

await bus.publish(OrderPlacedSchema, { orderId: 'o-13', customerId: 'ada' });
await clock.advance(3_600_000);
assert.equal(attempts, 3);
assert.equal((await bus.deadLetters.list({ limit: 10 })).letters.length, 1);
console.log('an hour of retries, tested');

// Prints:
// an hour of retries, tested
