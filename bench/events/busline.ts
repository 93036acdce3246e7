import { connect, on } from '@busline/bus';
import { CountedSchema } from '@busline/schemas/busline/bench/v1/events';
import { type EventSide, PREFETCH } from './event-side.ts';

export async function open(natsUrl: string): Promise<EventSide> {
  const bus = await connect({ servers: natsUrl, name: 'bench-events' });
  await bus.applyStreams(await bus.planStreams([CountedSchema]));
  let published = 0;
  const event = (payload: Uint8Array) => {
    const number = ++published;
    return { key: `k${number % 1000}`, number: BigInt(number), payload };
  };
  return {
    async publish(payload) {
      await bus.publish(CountedSchema, event(payload));
    },
    async fill(payload, count) {
      const events = function* () {
        for (let n = 0; n < count; n++) yield event(payload);
      };
      await bus.publishAll(CountedSchema, events(), { window: 1024 });
    },
    async consume(onEvent) {
      const options = { consumer: 'bench', concurrency: 64, prefetch: PREFETCH - 64 };
      await bus.serve({
        name: 'bench-events',
        version: '1.0.0',
        events: [on(CountedSchema, options, ({ payload }) => onEvent(payload))],
      });
    },
  };
}
