import { on, runWorker } from '@busline/bus';
import { NotedSchema } from '@busline/schemas/busline/bench/v1/events';

// An instance of a broadcast consumer in a process of its own, for tests that kill one.
await runWorker({
  name: 'listener',
  version: '1.0.0',
  events: () => [
    on(NotedSchema, { consumer: 'cache', broadcast: true }, ({ text }) => {
      process.send?.({ type: 'seen', text });
    }),
  ],
});
