import { implement, runWorker } from '@busline/bus';
import { WorkService } from '@busline/schemas/busline/bench/v1/durable';

// A worker in a process of its own that never gets done, for tests that kill it.
await runWorker({
  name: 'hanging-worker',
  version: '1.0.0',
  services: () => [implement(WorkService, { work: () => new Promise(() => {}) })],
});
