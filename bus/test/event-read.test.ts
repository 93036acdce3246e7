import type { Bus, EventGap, ReadOptions, StoredEvent } from '@busline/bus';
import { faultReason } from '@busline/bus';
import { CountedSchema, NotedSchema } from '@busline/schemas/busline/bench/v1/events';
import { RetentionPolicy } from '@nats-io/jetstream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventFile } from '../src/events/testing/event-file.ts';
import { applyStreams, withManager } from './event-streams.ts';
import { failureOf, type System, startSystem, until } from './system.ts';

const stream = 'EVT_BUSLINE_BENCH';

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

describe('reading events', () => {
  let system: System;
  let bus: Bus;
  beforeAll(async () => {
    system = await startSystem();
  });
  afterEach(async () => {
    await system.reset();
    await withManager(system.nats.url, async (manager) => {
      for await (const { config } of manager.streams.list()) await manager.streams.delete(config.name);
    });
  });
  afterAll(() => system.close());

  async function counted(...numbers: readonly [key: string, number: number][]): Promise<void> {
    bus = await system.connect();
    await applyStreams(bus, CountedSchema, NotedSchema);
    for (const [key, number] of numbers) await publish(key, number);
  }
  async function publish(key: string, number: number): Promise<void> {
    await bus.publish(CountedSchema, { key, number: BigInt(number) }, { id: `${key}-${number}` });
  }
  const seen = (item: StoredEvent | EventGap): unknown =>
    item.kind === 'gap' ? [item.why, item.from, item.to] : item.id;
  async function read(options: Partial<ReadOptions<typeof CountedSchema>>): Promise<unknown[]> {
    const items = await collect(bus.readEvents({ event: CountedSchema, from: 'start', ...options }));
    return items.map(seen);
  }
  /** Reads on in the background. */
  function follow(options: ReadOptions): { readonly items: unknown[]; readonly done: Promise<void> } {
    const items: unknown[] = [];
    const done = (async () => {
      for await (const item of bus.readEvents({ ...options, follow: true })) items.push(seen(item));
    })();
    return { items, done };
  }
  const manage = <T>(work: Parameters<typeof withManager<T>>[1]) => withManager(system.nats.url, work);

  it('gives what is stored with its place, head, bytes and message, and leaves nothing at the broker', async () => {
    await counted(['a.b', 7]);
    const [item] = await collect(bus.readEvents({ event: CountedSchema, from: 'start' }));
    expect(item).toMatchObject({
      kind: 'event',
      stream,
      sequence: 1,
      id: 'a.b-7',
      key: 'a.b',
      type: 'busline.bench.v1.Counted',
      message: { key: 'a.b', number: 7n },
      head: { format: 'binary', attributes: { partitionkey: 'a.b' } },
      problem: undefined,
    });
    expect(item).toHaveProperty('storedAt', expect.any(Date));
    expect(await manage(async (manager) => (await manager.streams.info(stream)).state.consumer_count)).toBe(
      0,
    );
  });

  it('begins where it is told to, and passes over other keys and types', async () => {
    await counted(['a', 1], ['b', 1], ['a', 2], ['b', 2], ['a', 3]);
    expect(await read({})).toEqual(['a-1', 'b-1', 'a-2', 'b-2', 'a-3']);
    expect(await read({ key: 'b' })).toEqual(['b-1', 'b-2']);
    expect(await read({ from: { sequence: 4 } })).toEqual(['b-2', 'a-3']);
    expect(await read({ from: { after: 4 } })).toEqual(['a-3']);
    expect(await read({ from: 'now' })).toEqual([]);
    expect(await read({ from: { last: 2 } })).toEqual(['b-2', 'a-3']);
    expect(await read({ from: { last: 2 }, key: 'a' })).toEqual(['a-2', 'a-3']);
    expect(await read({ from: { last: 9 }, key: 'b' })).toEqual(['b-1', 'b-2']);
    const items = await collect(bus.readEvents({ event: CountedSchema, from: 'start' }));
    const times = items.map((item) => (item as StoredEvent).storedAt.getTime());
    // What was stored in the same millisecond is read, too.
    const atLeast = times.filter((timeMs) => timeMs >= (times[2] as number)).length;
    expect(await read({ from: { time: new Date(times[2] as number) } })).toHaveLength(atLeast);
    expect(await read({ from: { time: new Date(Date.now() + 60_000) } })).toEqual([]);
  });

  it('decodes a whole stream by the contracts that applying it has announced, and says what it cannot read', async () => {
    await counted(['a', 1]);
    await manage(async (_, nats) => {
      await nats.request('evt.busline.bench.v1.Counted.0._', Buffer.from([0xff]));
      await nats.request('evt.busline.bench.v1.Counted.0._', Buffer.from([0x10, 5]));
    });
    const items = await collect(bus.readEvents({ stream, from: 'start' }));
    expect(items).toMatchObject([
      { id: 'a-1', message: { number: 1n } },
      { id: `${stream}:2`, message: undefined, problem: { rawMessage: expect.stringContaining('is not a') } },
      { id: `${stream}:3`, type: 'busline.bench.v1.Counted', key: undefined, message: { number: 5n } },
    ]);
  });

  it('follows within milliseconds, and over a restart of the broker', async () => {
    await counted(['a', 1]);
    const following = follow({ event: CountedSchema, from: { after: 1 } });
    const latenciesMs: number[] = [];
    for (let number = 2; number < 12; number++) {
      await publish('a', number);
      const sentAtMs = performance.now();
      await until(`event ${number}`, () => following.items.length === number - 1);
      latenciesMs.push(performance.now() - sentAtMs);
    }
    expect(latenciesMs.toSorted((a, b) => a - b)[5]).toBeLessThan(100);
    await system.nats.kill();
    await system.nats.restart();
    await until('connected again', () => bus.state === 'connected', 20_000);
    await publish('a', 12);
    await until('event 12', () => following.items.length === 11, 20_000);
    expect(following.items).toEqual(Array.from({ length: 11 }, (_, at) => `a-${at + 2}`));
    await bus.drain();
    await following.done;
  });

  it('tells places that are gone: at the head with a filter, each of them without', async () => {
    await counted(['a', 1], ['a', 2], ['a', 3], ['a', 4], ['a', 5]);
    await manage(async (manager) => {
      await manager.streams.purge(stream, { seq: 4 });
      await manager.streams.deleteMessage(stream, 4);
    });
    expect(await read({ from: { after: 1 } })).toEqual([['removed', 2, 4], 'a-5']);
    const whole = await collect(bus.readEvents({ stream, from: { sequence: 1 } }));
    expect(whole.map(seen)).toEqual([['removed', 1, 4], 'a-5']);
    await publish('a', 6);
    await publish('a', 7);
    await manage((manager) => manager.streams.deleteMessage(stream, 6));
    expect((await collect(bus.readEvents({ stream, from: { after: 4 } }))).map(seen)).toEqual([
      'a-5',
      ['removed', 6, 6],
      'a-7',
    ]);
  });

  it('begins anew with a stream that was made again', async () => {
    await counted(['a', 1], ['a', 2]);
    const following = follow({ event: CountedSchema, from: { after: 2 } });
    await publish('a', 3);
    await until('the third', () => following.items.length === 1);
    await manage((manager) => manager.streams.delete(stream));
    await applyStreams(bus, CountedSchema);
    await publish('b', 1);
    await until('the first of the other stream', () => following.items.length === 3, 10_000);
    expect(following.items).toEqual(['a-3', ['began-anew', 1, 3], 'b-1']);
    expect(await read({ from: { after: 99 } })).toEqual([['began-anew', 1, 99], 'b-1']);
  });

  it('tells what a stream kept too shortly to be read', async () => {
    bus = await system.connect();
    const { Task } = eventFile({
      Task: { fields: { text: 'string' }, event: { stream: { name: 'TASKS' } } },
    });
    await manage(async (manager) => {
      await manager.streams.add({
        name: 'TASKS',
        subjects: ['evt.shop.orders.v1.Task.>'],
        retention: RetentionPolicy.Interest,
        allow_direct: true,
      });
    });
    const following = follow({ event: Task, from: 'now' });
    // Nobody is interested, so the broker drops it at once.
    await until('the gap', async () => {
      if (following.items.length === 0) await bus.publish(Task, { text: 'gone' } as never);
      return following.items.length > 0;
    });
    expect(following.items[0]).toEqual(['removed', expect.any(Number), expect.any(Number)]);
    await bus.drain();
    await following.done;
  });

  it('reads no further than its reader', async () => {
    await counted();
    await bus.publishAll(
      CountedSchema,
      Array.from({ length: 600 }, (_, at) => ({ key: 'k', number: BigInt(at) })),
    );
    await manage(async (_, nats) => {
      let requests = 0;
      nats.subscribe(`$JS.API.DIRECT.GET.${stream}`, {
        callback() {
          requests++;
        },
      });
      await nats.flush();
      const reading = bus.readEvents({ event: CountedSchema, from: { sequence: 1 } });
      await reading.next();
      const atFirst = requests;
      for (let at = 0; at < 200; at++) await reading.next();
      expect(requests).toBe(atFirst);
      for await (const item of reading) expect(item.kind).toBe('event');
      await until('three batches', () => requests === 3);
    });
  });

  it('shares what is heard and read among those who follow the same', async () => {
    await counted(['a', 1]);
    const followers = 20;
    const events = 10;
    let ready = 0;
    const onCaughtUp = (): void => {
      ready++;
    };
    const all = Array.from({ length: followers }, () =>
      follow({ event: CountedSchema, from: 'now', onCaughtUp }),
    );
    await until('all followers', () => ready === followers, 10_000);
    await manage(async (_, nats) => {
      let requests = 0;
      nats.subscribe(`$JS.API.DIRECT.GET.${stream}`, {
        callback() {
          requests++;
        },
      });
      await nats.flush();
      for (let number = 2; number < 2 + events; number++) {
        await publish('a', number);
        await until(`event ${number}`, () => all.every(({ items }) => items.length === number - 1), 10_000);
      }
      // Some are asked for once more, for an event that is heard of before it is stored.
      expect(requests).toBeLessThan((followers * events) / 2);
    });
    await bus.drain();
    await Promise.all(all.map(({ done }) => done));
  });

  it('ends with its signal, and says at once what is not there', async () => {
    await counted();
    const controller = new AbortController();
    const following = follow({ event: CountedSchema, from: 'now', signal: controller.signal });
    controller.abort();
    await following.done;
    const { Lost } = eventFile({ Lost: { event: { stream: { name: 'NOWHERE' } } } });
    const error = await failureOf(bus.readEvents({ event: Lost, from: 'start' }).next());
    expect(faultReason(error)).toBe('NO_STREAM');
    expect(() => bus.readEvents({ event: [CountedSchema, NotedSchema], from: 'start' })).toThrow(
      'stored in EVT_BUSLINE_BENCH and busline.bench.v1.Noted in EVT_NOTES',
    );
    expect(() => bus.readEvents({ event: CountedSchema, from: { last: 0 } })).toThrow('from.last must be');
  });
});
