import { on, runWorker } from '@busline/bus';
import { CountedSchema } from '@busline/schemas/busline/bench/v1/events';

// A consumer in a process of its own, for tests that kill one. It begins events and never ends them.
await runWorker({
  name: 'stuck',
  version: '1.0.0',
  events: () => [
    on(
      CountedSchema,
      { consumer: 'count', orderByKey: true, concurrency: 4, ackWaitMs: 1_000 },
      async ({ key }) => {
        process.send?.({ type: 'begun', key });
        await new Promise(() => {});
      },
    ),
  ],
});
