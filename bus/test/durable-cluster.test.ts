import { connect, implement } from '@busline/bus';
import { startNatsCluster } from '@busline/bus/testing';
import { WorkService } from '@busline/schemas/busline/bench/v1/durable';
import { expect, it } from 'vitest';
import { withManager } from './event-streams.ts';
import { silent } from './system.ts';

it('durable calls have as many copies as the plan of streams says, and queues that come later too', async () => {
  await using cluster = await startNatsCluster();
  const bus = await connect({ servers: cluster.urls, logger: silent });
  await bus.applyStreams(await bus.planStreams([], { replicas: 3 }));
  await bus.serve({
    name: 'work',
    version: '1.0.0',
    services: [implement(WorkService, { work: ({ text }) => ({ text }) })],
  });
  const call = await bus.durable(WorkService.method.work).start({ text: 'a' });
  expect((await call.wait()).text).toBe('a');
  await bus.drain();
  await withManager(cluster.urls[0] as string, async (manager) => {
    for (const stream of ['KV_busline_registry', 'KV_OPERATIONS', 'OPS_busline_bench_v1_WorkService']) {
      expect((await manager.streams.info(stream)).config.num_replicas).toBe(3);
    }
  });
}, 60_000);
