import { type BatchOptions, type Bus, onBatch } from '@busline/bus';
import { CountedSchema, NotedSchema } from '@busline/schemas/busline/bench/v1/events';
import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { consume, consumerInfo, deadLetters } from './event-streams.ts';
import { gate, type System, until } from './system.ts';
import { withEvents } from './testing/with-events.ts';

describe('a consumer of batches', () => {
  let system: System;
  let bus: Bus;
  withEvents([NotedSchema, CountedSchema], (begun) => {
    ({ system, bus } = begun);
  });

  const texts = (count: number) => Array.from({ length: count }, (_, n) => ({ text: `n${n}` }));
  const settled = (durable = 'mail') =>
    until('everything is settled', async () => {
      const info = await consumerInfo(system.nats.url, 'EVT_NOTES', durable);
      return info.num_pending + info.num_ack_pending === 0;
    });
  const batching = async (
    options: Partial<BatchOptions>,
    work: (
      batch: readonly string[],
      fail: (index: number, error: unknown) => void,
      signal: AbortSignal,
    ) => unknown = () => {},
  ) => {
    const batches: string[][] = [];
    const worker = await consume(
      bus,
      onBatch(NotedSchema, { consumer: 'mail', firstDelayMs: 10, ...options }, (events, { fail, signal }) => {
        const batch = events.map(({ text }) => text);
        batches.push(batch);
        return work(batch, fail, signal);
      }),
    );
    return { batches, worker };
  };

  it('gives its handler as many as there are, up to its limit, and the rest after its wait', async () => {
    await bus.publishAll(NotedSchema, texts(25));
    const { batches } = await batching({ maxEvents: 10, maxWaitMs: 100 });
    await settled();
    expect(batches.map(({ length }) => length)).toEqual([10, 10, 5]);
    expect(batches.flat()).toEqual(texts(25).map(({ text }) => text));
  });

  it('tells of each event what there is to know', async () => {
    const seen: string[] = [];
    await consume(
      bus,
      onBatch(NotedSchema, { consumer: 'mail', maxWaitMs: 10 }, (events, { contexts }) => {
        for (const [at, { text }] of events.entries())
          seen.push(`${text} ${contexts[at]?.id} ${contexts[at]?.attempt}`);
      }),
    );
    await bus.publish(NotedSchema, { text: 'a' }, { id: 'id-a' });
    await until('it is there', () => seen.length === 1);
    expect(seen).toEqual(['a id-a 1']);
  });

  it('tries again what the handler names, acknowledges the others, and makes dead letters of single events', async () => {
    await bus.publishAll(NotedSchema, texts(5));
    const { batches } = await batching({ maxEvents: 5, maxWaitMs: 50, maxAttempts: 3 }, (batch, fail) => {
      if (batch.includes('n1') && batches.length === 1) fail(batch.indexOf('n1'), new Error('once'));
      if (batch.includes('n3')) fail(batch.indexOf('n3'), new ConnectError('never', Code.InvalidArgument));
      if (batch.includes('n4')) fail(batch.indexOf('n4'), new Error('always'));
    });
    await settled();
    const times = Object.fromEntries(
      texts(5).map(({ text }) => [text, batches.flat().filter((seen) => seen === text).length]),
    );
    expect(times).toEqual({ n0: 1, n1: 2, n2: 1, n3: 1, n4: 3 });
    const letters = (await deadLetters(system.nats.url)).map(({ letter }) => [
      letter?.message,
      letter?.attempts,
    ]);
    expect(letters.toSorted()).toEqual([
      ['Error: always', 3n],
      ['never', 1n],
    ]);
  });

  it('tries all again when the handler throws', async () => {
    await bus.publishAll(NotedSchema, texts(3));
    const { batches } = await batching({ maxEvents: 3, maxWaitMs: 50 }, () => {
      if (batches.length === 1) throw new Error('not now');
    });
    await settled();
    expect(batches.flat().toSorted()).toEqual(['n0', 'n0', 'n1', 'n1', 'n2', 'n2']);
  });

  it('gives up a batch at its deadline, and begins no other before its handler has ended', async () => {
    await bus.publishAll(NotedSchema, texts(2));
    const opened = gate();
    let running = 0;
    let most = 0;
    let aborted: unknown;
    const { batches } = await batching(
      { maxEvents: 2, maxWaitMs: 20, timeoutMs: 100 },
      async (_, __, signal) => {
        most = Math.max(most, ++running);
        if (batches.length === 1) await opened.opened;
        aborted ??= signal.reason;
        running--;
      },
    );
    await until('they are given back', async () => {
      const info = await consumerInfo(system.nats.url, 'EVT_NOTES', 'mail');
      return info.num_redelivered === 2;
    });
    expect(batches).toHaveLength(1);
    opened.open();
    await settled();
    expect(most).toBe(1);
    expect(batches.flat().toSorted()).toEqual(['n0', 'n0', 'n1', 'n1']);
    expect((aborted as ConnectError).code).toBe(Code.DeadlineExceeded);
  });

  it('leaves without waiting for more: what has begun to gather is handled, the rest handed back', async () => {
    const { batches, worker } = await batching({ maxEvents: 10, maxWaitMs: 30_000 });
    await bus.publishAll(NotedSchema, texts(4));
    await until('they have arrived', async () => {
      const info = await consumerInfo(system.nats.url, 'EVT_NOTES', 'mail');
      return info.num_ack_pending === 4;
    });
    expect(batches).toEqual([]);
    const leftAtMs = performance.now();
    await worker.stop();
    expect(performance.now() - leftAtMs).toBeLessThan(5_000);
    const other = await batching({ maxEvents: 10, maxWaitMs: 20 });
    await settled();
    expect([...batches.flat(), ...other.batches.flat()].toSorted()).toEqual(texts(4).map(({ text }) => text));
  });

  it('keeps the order of each key, with no two events of a key in a batch', async () => {
    const batches: string[][] = [];
    await consume(
      bus,
      onBatch(
        CountedSchema,
        { consumer: 'count', orderByKey: true, maxEvents: 8, maxWaitMs: 20 },
        (events) => {
          batches.push(events.map(({ key, number }) => `${key} ${number}`));
        },
      ),
    );
    const events = Array.from({ length: 12 }, (_, n) => ({
      key: `k${n % 3}`,
      number: BigInt(Math.floor(n / 3)),
    }));
    await bus.publishAll(CountedSchema, events);
    await until('all are handled', () => batches.flat().length === 12, 15_000);
    for (const key of ['k0', 'k1', 'k2']) {
      expect(batches.flat().filter((seen) => seen.startsWith(key))).toEqual(
        [0, 1, 2, 3].map((n) => `${key} ${n}`),
      );
    }
    expect(
      batches.every((batch) => new Set(batch.map((seen) => seen.slice(0, 2))).size === batch.length),
    ).toBe(true);
  });

  it.each<{ options: Partial<BatchOptions>; problem: string }>([
    { options: { maxEvents: 0 }, problem: 'maxEvents' },
    { options: { maxWaitMs: 60_000 }, problem: 'maxWaitMs' },
    { options: { maxEvents: 10_000, concurrency: 2 }, problem: 'concurrency' },
  ])('refuses $problem that cannot be used', ({ options, problem }) => {
    expect(() => onBatch(NotedSchema, { consumer: 'mail', ...options }, () => {})).toThrow(problem);
  });
});
