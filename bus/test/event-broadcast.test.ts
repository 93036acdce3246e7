import { once } from 'node:events';
import { type Bus, type ConsumerOptions, on } from '@busline/bus';
import { CountedSchema, NotedSchema } from '@busline/schemas/busline/bench/v1/events';
import { describe, expect, it } from 'vitest';
import { consume, deadLetters, storedMessages, withManager } from './event-streams.ts';
import { type System, until } from './system.ts';
import { withEvents } from './testing/with-events.ts';

describe('a broadcast consumer', () => {
  let system: System;
  let bus: Bus;
  withEvents([NotedSchema, CountedSchema], (begun) => {
    ({ system, bus } = begun);
  });

  const listen = async (
    on_: Bus,
    options: Partial<ConsumerOptions> = {},
    work: (text: string) => void = () => {},
  ) => {
    const seen: string[] = [];
    const worker = await consume(
      on_,
      on(NotedSchema, { consumer: 'cache', broadcast: true, firstDelayMs: 10, ...options }, ({ text }) => {
        seen.push(text);
        work(text);
      }),
    );
    return { seen, worker };
  };
  const publish = async (...texts: readonly string[]) => {
    for (const text of texts) await bus.publish(NotedSchema, { text });
  };
  const instances = async () => (await bus.consumers.list({ consumer: 'cache' }))[0]?.instances ?? [];

  it('gives every instance every event from now on, and leaves nothing behind', async () => {
    await publish('before');
    const other = await system.connect();
    const one = await listen(bus);
    const two = await listen(other);
    await publish('a', 'b', 'c');
    await until('both have all', () => one.seen.length === 3 && two.seen.length === 3);
    expect(one.seen).toEqual(['a', 'b', 'c']);
    expect(two.seen).toEqual(['a', 'b', 'c']);
    const ids = (await instances()).map(({ instance }) => instance);
    expect(ids.toSorted()).toEqual([bus.instance, other.instance].toSorted());
    await two.worker.stop();
    expect(await instances()).toHaveLength(1);
    await one.worker.stop();
    expect(await bus.consumers.list({ consumer: 'cache' })).toEqual([]);
  });

  it.each<{
    from: string;
    startFrom: (at: (sequence: number) => Date) => ConsumerOptions['startFrom'];
    first: string;
  }>([
    { from: 'the beginning', startFrom: () => 'beginning', first: 'n1' },
    { from: 'a place', startFrom: () => 3, first: 'n3' },
    { from: 'a moment', startFrom: (at) => at(4), first: 'n4' },
  ])('begins at $from if asked to', async ({ startFrom, first }) => {
    for (const text of ['n1', 'n2', 'n3', 'n4', 'n5']) {
      await publish(text);
      const nowMs = Date.now();
      await until('the next millisecond', () => Date.now() > nowMs + 1);
    }
    const stored = await storedMessages(system.nats.url, 'EVT_NOTES');
    const { seen } = await listen(bus, {
      startFrom: startFrom((sequence) => stored[sequence - 1]?.time as Date),
    });
    await until('it has the last', () => seen.includes('n5'));
    expect(seen[0]).toBe(first);
  });

  it('goes on behind the last event after the broker was killed, and loses none', async () => {
    const { seen } = await listen(bus);
    await publish('a');
    await until('it has the first', () => seen.length === 1);
    system.nats.kill();
    await until('the bus has noticed', () => bus.state !== 'connected');
    const publishing = publish('b', 'c');
    await system.nats.restart();
    await publishing;
    await until('it has all', () => seen.length >= 3, 20_000);
    expect(seen).toEqual(['a', 'b', 'c']);
  }, 30_000);

  it('goes on behind the last event when the broker has forgotten it', async () => {
    const { seen } = await listen(bus);
    await publish('a');
    await until('it has the first', () => seen.length === 1);
    await withManager(system.nats.url, (manager) =>
      manager.consumers.delete('EVT_NOTES', `cache--all-${bus.instance}`),
    );
    await publish('b');
    await until('it has the second', () => seen.length === 2, 15_000);
    expect(seen).toEqual(['a', 'b']);
  });

  it('tries again here, then passes over what fails, without a dead letter', async () => {
    const other = await system.connect();
    const failing = await listen(bus, { maxAttempts: 3 }, (text) => {
      if (text === 'bad') throw new Error('not here');
    });
    const fine = await listen(other, { maxAttempts: 3 });
    await publish('bad', 'good');
    await until('it was tried three times', () => failing.seen.filter((text) => text === 'bad').length === 3);
    await until('the others went on', () => failing.seen.includes('good') && fine.seen.length === 2);
    expect(fine.seen).toEqual(['bad', 'good']);
    expect(await deadLetters(system.nats.url)).toEqual([]);
  });

  it('keeps the order of each key, if asked to, past a failure', async () => {
    const seen: bigint[] = [];
    let failures = 0;
    await consume(
      bus,
      on(
        CountedSchema,
        { consumer: 'c', broadcast: true, orderByKey: true, firstDelayMs: 10 },
        ({ number }) => {
          if (number === 2n && ++failures < 3) throw new Error('not now');
          seen.push(number);
        },
      ),
    );
    await bus.publishAll(
      CountedSchema,
      [1n, 2n, 3n].map((number) => ({ key: 'k', number })),
    );
    await until('all are handled', () => seen.length === 3);
    expect(seen).toEqual([1n, 2n, 3n]);
  });

  it('is forgotten by the broker when its process is killed', async () => {
    const child = await system.fork({}, './broadcast-process.ts');
    const heard = once(child, 'message');
    await publish('a');
    expect((await heard)[0]).toEqual({ type: 'seen', text: 'a' });
    expect(await instances()).toHaveLength(1);
    child.kill('SIGKILL');
    await until('nothing is left', async () => (await instances()).length === 0, 20_000);
  }, 30_000);
});
