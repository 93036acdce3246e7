import { fromBinary } from '@bufbuild/protobuf';
import { callFate, faultReason } from '@busline/bus';
import { EchoRequestSchema } from '@busline/schemas/busline/bench/v1/bench';
import { CountedSchema, NotedSchema } from '@busline/schemas/busline/bench/v1/events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventFile } from '../src/events/testing/event-file.ts';
import { applyStreams, storedMessages } from './event-streams.ts';
import { failureOf, type System, startSystem, until } from './system.ts';

const { Small } = eventFile({
  Small: { fields: { text: 'string' }, event: { stream: { name: 'SMALL', maxMessages: 2n } } },
});

describe('publishing', () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem();
  });
  afterEach(() => system.reset());
  afterAll(() => system.close());

  it('stores an event under its type, partition and key, with CloudEvents headers', async () => {
    const bus = await system.connect({ name: 'counter' });
    await applyStreams(bus, CountedSchema);
    const time = new Date('2026-11-23T04:05:06.007Z');
    const published = await bus.publish(
      CountedSchema,
      { key: 'a.b', number: 7n },
      { id: 'count-7', time, attributes: { subject: 'tea' } },
    );
    expect(published).toEqual({ id: 'count-7', stream: 'EVT_BUSLINE_BENCH', sequence: 1, duplicate: false });

    const [message] = await storedMessages(system.nats.url, 'EVT_BUSLINE_BENCH');
    expect(message?.subject).toMatch(/^evt\.busline\.bench\.v1\.Counted\.\d+\.a%2Eb$/);
    expect(fromBinary(CountedSchema, message?.data ?? new Uint8Array())).toMatchObject({
      key: 'a.b',
      number: 7n,
    });
    const headers = Object.fromEntries(
      (message?.header.keys() ?? []).map((name) => [name, message?.header.get(name)]),
    );
    expect(headers).toMatchObject({
      'ce-specversion': '1.0',
      'ce-type': 'busline.bench.v1.Counted',
      'ce-source': '/counter',
      'ce-datacontenttype': 'application/protobuf',
      'ce-id': 'count-7',
      'ce-time': '2026-11-23T04:05:06.007Z',
      'Nats-Msg-Id': 'count-7',
      'ce-partitionkey': 'a.b',
      'ce-subject': 'tea',
    });
  });

  it('stores an id once, whoever repeats it', async () => {
    const [one, two] = await Promise.all([system.connect(), system.connect()]);
    await applyStreams(one, NotedSchema);
    const first = await one.publish(NotedSchema, { text: 'once' }, { id: 'n1' });
    const second = await two.publish(NotedSchema, { text: 'once' }, { id: 'n1' });
    expect(first.duplicate).toBe(false);
    expect(second).toEqual({ ...first, duplicate: true });
  });

  it('fails at once where no stream is', async () => {
    const bus = await system.connect();
    const { Lost } = eventFile({ Lost: { event: { stream: { name: 'NOWHERE' } } } });
    const startedAtMs = performance.now();
    const error = await failureOf(bus.publish(Lost, {}));
    expect(faultReason(error)).toBe('NO_STREAM');
    expect(callFate(error)).toBe('never-started');
    expect(error.rawMessage).toContain('evt.shop.orders.v1.Lost.0._');
    expect(performance.now() - startedAtMs).toBeLessThan(1_500);
  });

  it('says that a stream is full, and keeps what it has', async () => {
    const bus = await system.connect();
    await applyStreams(bus, Small);
    await bus.publish(Small, { text: '1' } as never);
    await bus.publish(Small, { text: '2' } as never);
    const error = await failureOf(bus.publish(Small, { text: '3' } as never));
    expect(faultReason(error)).toBe('STREAM_FULL');
    expect(await storedMessages(system.nats.url, 'SMALL')).toHaveLength(2);
  });

  it.each([{ name: 'a broken rule', event: { text: 'x'.repeat(1001) }, reason: 'INVALID_MESSAGE' }])(
    'refuses $name before it is sent',
    async ({ event, reason }) => {
      const bus = await system.connect();
      expect(faultReason(await failureOf(bus.publish(NotedSchema, event)))).toBe(reason);
    },
  );

  it.each([
    { name: 'without its key', event: { number: 1n }, reason: 'INVALID_MESSAGE' },
    { name: 'with a key that is too long', event: { key: 'k'.repeat(600) }, reason: 'INVALID_MESSAGE' },
    {
      name: 'that is too large',
      event: { key: 'k', payload: new Uint8Array(1024 * 1024) },
      reason: 'MESSAGE_TOO_LARGE',
    },
  ])('refuses an event $name before it is sent', async ({ event, reason }) => {
    const bus = await system.connect();
    const error = await failureOf(bus.publish(CountedSchema, event));
    expect(faultReason(error)).toBe(reason);
    expect(callFate(error)).toBe('never-started');
  });

  it('refuses what is no event', async () => {
    const bus = await system.connect();
    await expect(bus.publish(EchoRequestSchema, {})).rejects.toThrow(TypeError);
  });

  it('stops waiting when told to', async () => {
    const bus = await system.connect();
    await applyStreams(bus, NotedSchema);
    const error = await failureOf(bus.publish(NotedSchema, { text: 'a' }, { signal: AbortSignal.abort() }));
    expect(faultReason(error)).toBe('CANCELLED');
    expect(callFate(error)).toBe('never-started');
  });

  it('gives up when its time is over, and says that the event may be stored', async () => {
    const bus = await system.connect();
    await applyStreams(bus, NotedSchema);
    await system.nats.pause();
    try {
      const error = await failureOf(bus.publish(NotedSchema, { text: 'a' }, { timeoutMs: 100 }));
      expect(faultReason(error)).toBe('DEADLINE');
      expect(callFate(error)).toBe('may-have-run');
    } finally {
      system.nats.resume();
    }
  });

  it('waits for a broker that is away', async () => {
    const bus = await system.connect();
    await applyStreams(bus, NotedSchema);
    system.nats.kill();
    await until('the connection is lost', () => bus.state === 'disconnected');
    const waiting = bus.publish(NotedSchema, { text: 'later' }, { id: 'later' });
    const hopeless = await failureOf(bus.publish(NotedSchema, { text: 'x' }, { timeoutMs: 50 }));
    expect(callFate(hopeless)).toBe('never-started');
    await system.nats.restart();
    expect(await waiting).toMatchObject({ id: 'later', stream: 'EVT_NOTES' });
  });
});

describe('publishing many', () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem();
  });
  afterEach(() => system.reset());
  afterAll(() => system.close());

  const counted = function* (events: number, keys: number) {
    for (let n = 0; n < events; n++) yield { key: `k${n % keys}`, number: BigInt(Math.floor(n / keys) + 1) };
  };
  /** The numbers of each key as they are stored. */
  const storedNumbers = async (): Promise<Map<string, number[]>> => {
    const numbers = new Map<string, number[]>();
    for (const { data } of await storedMessages(system.nats.url, 'EVT_BUSLINE_BENCH')) {
      const { key, number } = fromBinary(CountedSchema, data);
      numbers.set(key, [...(numbers.get(key) ?? []), Number(number)]);
    }
    return numbers;
  };

  it('keeps the order of each key and loses nothing when the broker is killed on the way', async () => {
    const bus = await system.connect();
    await applyStreams(bus, CountedSchema);
    let seen = 0;
    const batch = bus.publishAll(CountedSchema, counted(2_000, 7), {
      window: 64,
      onPublished: () => {
        if (++seen === 500) system.nats.kill();
      },
    });
    await until('the connection is lost', () => bus.state === 'disconnected');
    await system.nats.restart();
    expect((await batch).published).toBe(2_000);
    const numbers = await storedNumbers();
    expect(numbers.size).toBe(7);
    for (const [key, stored] of numbers) {
      expect(stored, key).toEqual(Array.from({ length: stored.length }, (_, at) => at + 1));
    }
    expect([...numbers.values()].flat()).toHaveLength(2_000);
  });

  it('reads no further than its window', async () => {
    const bus = await system.connect();
    await applyStreams(bus, CountedSchema);
    let read = 0;
    const endless = function* () {
      for (;;) yield { key: `k${read++}`, number: 1n };
    };
    await system.nats.pause();
    const stop = new AbortController();
    const batch = bus.publishAll(CountedSchema, endless(), { window: 10, signal: stop.signal });
    await until('the window is full', () => read >= 10);
    await new Promise((resolve) => setImmediate(resolve));
    expect(read).toBeLessThanOrEqual(11);
    stop.abort(new Error('enough'));
    system.nats.resume();
    await expect(batch).rejects.toThrow('enough');
  });

  it('ends with the first failure', async () => {
    const bus = await system.connect();
    await applyStreams(bus, Small);
    const published: number[] = [];
    const batch = bus.publishAll(
      Small,
      Array.from({ length: 50 }, (_, n) => ({ text: String(n) }) as never),
      { window: 4, onPublished: ({ sequence }) => published.push(sequence) },
    );
    expect(faultReason(await failureOf(batch))).toBe('STREAM_FULL');
    expect(published).toEqual([1, 2]);
  });

  it('takes events as they come, with details of their own', async () => {
    const bus = await system.connect();
    await applyStreams(bus, NotedSchema);
    const coming = async function* () {
      for (const text of ['a', 'b', 'a']) {
        await new Promise((resolve) => setImmediate(resolve));
        yield { text };
      }
    };
    const batch = await bus.publishAll(NotedSchema, coming(), {
      details: ({ text }) => ({ id: text as string }),
      window: 1,
    });
    expect(batch).toEqual({ published: 3, duplicates: 1 });
  });
});

describe('publishing to a broker without JetStream', () => {
  it('fails at once', async () => {
    const system = await startSystem({ jetStream: false });
    try {
      const bus = await system.connect();
      expect(faultReason(await failureOf(bus.publish(NotedSchema, { text: 'a' })))).toBe('JETSTREAM_OFF');
      expect(faultReason(await failureOf(bus.planStreams([NotedSchema])))).toBe('JETSTREAM_OFF');
    } finally {
      await system.close();
    }
  });
});
