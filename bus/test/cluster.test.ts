import { create } from '@bufbuild/protobuf';
import { type Bus, connect, implement, on } from '@busline/bus';
import { startNatsCluster, type TestNatsCluster } from '@busline/bus/testing';
import { WorkService } from '@busline/schemas/busline/bench/v1/durable';
import { CountedSchema, NotedSchema } from '@busline/schemas/busline/bench/v1/events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { consume, withManager } from './event-streams.ts';
import { silent, until } from './system.ts';

describe('in a cluster, whose plan of streams says three copies', () => {
  let cluster: TestNatsCluster;
  let bus: Bus;
  beforeAll(async () => {
    cluster = await startNatsCluster();
    bus = await connect({ servers: cluster.urls, logger: silent });
    await bus.applyStreams(await bus.planStreams([NotedSchema, CountedSchema], { replicas: 3 }));
  }, 60_000);
  afterAll(async () => {
    await bus?.drain();
    await cluster?.stop();
  });

  const expectThreeCopies = async (...streams: readonly string[]) => {
    const copies = await withManager(cluster.urls[0] as string, (manager) =>
      Promise.all(streams.map(async (name) => (await manager.streams.info(name)).config.num_replicas)),
    );
    expect(copies).toEqual(streams.map(() => 3));
  };

  it('durable calls have as many, and queues that come later too', async () => {
    await bus.serve({
      name: 'work',
      version: '1.0.0',
      services: [implement(WorkService, { work: ({ text }) => ({ text }) })],
    });
    const call = await bus.durable(WorkService.method.work).start({ text: 'a' });
    expect((await call.wait()).text).toBe('a');
    await expectThreeCopies('KV_busline_registry', 'KV_OPERATIONS', 'OPS_busline_bench_v1_WorkService');
  }, 60_000);

  it('events come later, to every instance, and with the state', async () => {
    const heard: string[] = [];
    await consume(
      bus,
      on(NotedSchema, { consumer: 'all', broadcast: true }, ({ text }) => heard.push(text)),
      on(CountedSchema, { consumer: 'count' }, ({ number }) => heard.push(`count ${number}`)),
    );
    await bus.publish(NotedSchema, { text: 'later' }, { afterMs: 100 });
    const store = await bus.openStore({ bucket: 'told', schema: CountedSchema, outbox: true });
    await store.update('k', (_, emit) => {
      emit(CountedSchema, { key: 'k', number: 7n });
      return create(CountedSchema, { number: 7n });
    });
    await until('all came', () => heard.includes('later') && heard.includes('count 7'), 30_000);
    await expectThreeCopies('SCHEDULES', 'EVT_NOTES');
  }, 60_000);
});
