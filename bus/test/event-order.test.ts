import { fork } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { type Bus, on } from '@busline/bus';
import { CountedSchema, NotedSchema } from '@busline/schemas/busline/bench/v1/events';
import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, it, onTestFinished } from 'vitest';
import { consume, deadLetters, storedMessages, withManager } from './event-streams.ts';
import { type System, until } from './system.ts';
import { startCuttingProxy } from './testing/cutting-proxy.ts';
import { withEvents } from './testing/with-events.ts';

describe('a consumer that keeps the order of each key', () => {
  let system: System;
  let bus: Bus;
  withEvents([CountedSchema], (begun) => {
    ({ system, bus } = begun);
  });

  const counted = function* (events: number, keys: number) {
    for (let n = 0; n < events; n++) yield { key: `k${n % keys}`, number: BigInt(Math.floor(n / keys) + 1) };
  };
  /** What a handler saw, by key; notes when two handlers of a key ran at once. */
  const witness = () => {
    const seen = new Map<string, number[]>();
    const running = new Set<string>();
    const overlaps: string[] = [];
    return {
      seen,
      overlaps,
      get count() {
        return [...seen.values()].flat().length;
      },
      async handle(
        { key, number }: { key: string; number: bigint },
        work: () => Promise<void> | void = () => {},
      ) {
        if (running.has(key)) overlaps.push(`${key} ${number}`);
        running.add(key);
        try {
          await work();
          seen.set(key, [...(seen.get(key) ?? []), Number(number)]);
        } finally {
          running.delete(key);
        }
      },
    };
  };
  const upTo = (count: number) => Array.from({ length: count }, (_, at) => at + 1);
  const options = { consumer: 'count', orderByKey: true, concurrency: 32 };

  it('handles each key in order, and keys beside each other', async () => {
    const { seen, overlaps, handle } = witness();
    let running = 0;
    let most = 0;
    await consume(
      bus,
      on(CountedSchema, options, (event) =>
        handle(event, async () => {
          most = Math.max(most, ++running);
          await delay(Math.random() * 2);
          running--;
        }),
      ),
    );
    await bus.publishAll(CountedSchema, counted(600, 30));
    await until('all are handled', () => [...seen.values()].flat().length === 600, 15_000);
    for (const [key, numbers] of seen) expect(numbers, key).toEqual(upTo(20));
    expect(overlaps).toEqual([]);
    expect(most).toBeGreaterThan(5);
  });

  it('begins where more is under way than an instance may hold', async () => {
    const small = { ...options, concurrency: 2, prefetch: 4, ackWaitMs: 1_000 };
    const { seen, handle } = witness();
    const first = await consume(
      bus,
      on(CountedSchema, small, () => {}),
    );
    await first.stop();
    await bus.publishAll(CountedSchema, counted(20, 1));
    await withManager(system.nats.url, async (_, nats) => {
      const { subject } = (await storedMessages(system.nats.url, 'EVT_BUSLINE_BENCH'))[0] ?? { subject: '' };
      const durable = `count--p${subject.split('.').at(-2)}`;
      let taken = 0;
      nats.subscribe('taken', { callback: () => void taken++ });
      nats.publish(
        `$JS.API.CONSUMER.MSG.NEXT.EVT_BUSLINE_BENCH.${durable}`,
        JSON.stringify({ batch: 20, expires: 5e9 }),
        { reply: 'taken' },
      );
      await until('all are under way', () => taken === 20);
    });
    await consume(
      bus,
      on(CountedSchema, small, (event) => handle(event)),
    );
    await until('all are handled', () => seen.get('k0')?.length === 20, 15_000);
    expect(seen.get('k0')).toEqual(upTo(20));
  });

  it('holds up the key of a failing event, and no other', async () => {
    const { seen, handle } = witness();
    const attempts: number[] = [];
    await consume(
      bus,
      on(CountedSchema, { ...options, firstDelayMs: 50 }, (event, { attempt }) =>
        handle(event, () => {
          if (event.key !== 'k0' || event.number !== 2n) return;
          attempts.push(attempt);
          if (attempts.length < 4) throw new Error('not yet');
        }),
      ),
    );
    await bus.publishAll(CountedSchema, counted(60, 6));
    await until('the other keys are done', () =>
      ['k1', 'k2', 'k3', 'k4', 'k5'].every((key) => seen.get(key)?.length === 10),
    );
    expect(seen.get('k0')).toEqual([1]);
    await until('k0 is done', () => seen.get('k0')?.length === 10);
    expect(attempts).toEqual([1, 2, 3, 4]);
    for (const [key, numbers] of seen) expect(numbers, key).toEqual(upTo(10));
  });

  it('goes on behind an event that becomes a dead letter', async () => {
    const { seen, handle } = witness();
    await consume(
      bus,
      on(CountedSchema, options, (event) =>
        handle(event, () => {
          if (event.number === 2n) throw new ConnectError('never', Code.InvalidArgument);
        }),
      ),
    );
    await bus.publishAll(CountedSchema, counted(3, 1));
    await until('the third is done', () => seen.get('k0')?.includes(3) === true);
    expect(seen.get('k0')).toEqual([1, 3]);
    expect(await deadLetters(system.nats.url)).toHaveLength(1);
  });

  it('moves partitions to instances that come, and from those that leave, without a change of order', async () => {
    const { seen, overlaps, handle } = witness();
    const handledBy: Record<string, number> = {};
    const start = async (name: string, instance: Bus) =>
      await consume(
        instance,
        on(CountedSchema, options, (event) =>
          handle(event, async () => {
            handledBy[name] = (handledBy[name] ?? 0) + 1;
            await delay(1);
          }),
        ),
      );
    await start('first', bus);
    const published = bus.publishAll(CountedSchema, counted(3_000, 60), { window: 16 });
    await until('the first works', () => (handledBy.first ?? 0) > 100, 10_000);
    const second = await start('second', await system.connect());
    await until('the second works too', () => (handledBy.second ?? 0) > 100, 10_000);
    await second.stop();
    await published;
    await until('all are handled', () => [...seen.values()].flat().length === 3_000, 20_000);
    expect(overlaps).toEqual([]);
    for (const [key, numbers] of seen) expect(numbers, key).toEqual(upTo(50));
  }, 60_000);

  it('takes over from an instance that was killed, without a change of order', async () => {
    const { seen, overlaps, handle } = witness();
    const child = fork(new URL('./event-process.ts', import.meta.url), {
      env: { ...process.env, NATS_URL: system.nats.url, LOG_LEVEL: 'silent' },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    let begun = 0;
    child.on('message', (message: { type: string }) => {
      if (message.type === 'begun') begun++;
    });
    try {
      await bus.publishAll(CountedSchema, counted(40, 8));
      await until('it has taken some', () => begun === 4, 20_000);
    } finally {
      child.kill('SIGKILL');
    }
    await consume(
      bus,
      on(CountedSchema, { ...options, ackWaitMs: 1_000 }, (event) => handle(event)),
    );
    await until('all are handled', () => [...seen.values()].flat().length >= 40, 20_000);
    expect(overlaps).toEqual([]);
    for (const [key, numbers] of seen) expect(numbers, key).toEqual(upTo(5));
  }, 60_000);

  it('waits for what was lost on its way when the connection broke, before it begins what comes after', async () => {
    const proxy = await startCuttingProxy(system.nats.url);
    onTestFinished(() => proxy.stop());
    const { seen, handle } = witness();
    const far = await system.connect({ servers: proxy.url });
    await consume(
      far,
      on(CountedSchema, { ...options, ackWaitMs: 1_000 }, (event) => handle(event)),
    );
    const events = [...counted(240, 8)];
    const publish = (count: number) => bus.publishAll(CountedSchema, events.splice(0, count));
    const handled = () => [...seen.values()].flat().length;
    const unacknowledged = async () => (await bus.consumers.list())[0]?.unacknowledged;
    await publish(80);
    await until('the first are handled', async () => handled() === 80 && (await unacknowledged()) === 0);
    proxy.swallow();
    await publish(80);
    await until(
      'the broker has delivered what will never arrive',
      async () => (await unacknowledged()) === 80,
    );
    proxy.cut();
    await publish(80);
    await until('all are handled', () => handled() >= 240, 30_000);
    for (const [key, numbers] of seen) expect(numbers, key).toEqual(upTo(30));
  }, 60_000);

  it('needs a key to order by', async () => {
    await expect(
      consume(
        bus,
        on(NotedSchema, options, () => {}),
      ),
    ).rejects.toThrow('consumer count: busline.bench.v1.Noted has no key to order by');
  });
});
