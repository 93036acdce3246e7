import { type Bus, on } from '@busline/bus';
import { CountedSchema, NotedSchema } from '@busline/schemas/busline/bench/v1/events';
import { Code } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { consume } from './event-streams.ts';
import { failureOf, gate, until } from './system.ts';
import { withEvents } from './testing/with-events.ts';

describe('bus.consumers', () => {
  let bus: Bus;
  withEvents([NotedSchema, CountedSchema], (begun) => {
    ({ bus } = begun);
  });

  const statusOf = async (consumer: string) => {
    const [status] = await bus.consumers.list({ consumer });
    return status;
  };

  it('tells of each consumer its lag, what is open, and since when', async () => {
    const opened = gate();
    await consume(
      bus,
      on(NotedSchema, { consumer: 'mail', concurrency: 1, prefetch: 1 }, () => opened.opened),
    );
    const beforeMs = Date.now();
    for (let n = 0; n < 5; n++) await bus.publish(NotedSchema, { text: String(n) });
    await until('two are taken', async () => (await statusOf('mail'))?.unacknowledged === 2);
    const status = await statusOf('mail');
    expect(status).toMatchObject({
      stream: 'EVT_NOTES',
      mode: 'shared',
      events: ['busline.bench.v1.Noted'],
      pending: 3,
      unacknowledged: 2,
      redelivered: 0,
      pausedUntil: undefined,
      partitions: 0,
      instances: [],
      durables: ['mail', 'mail--retry'],
    });
    expect(status?.oldestUnhandled?.getTime()).toBeGreaterThanOrEqual(beforeMs - 1);
    expect(status?.oldestUnhandled?.getTime()).toBeLessThanOrEqual(Date.now());
    opened.open();
    await until('all is handled', async () => (await statusOf('mail'))?.oldestUnhandled === undefined);
    expect(await statusOf('mail')).toMatchObject({ pending: 0, unacknowledged: 0 });
  });

  it('adds up the partitions of an ordered consumer, and tells who owns which', async () => {
    await consume(
      bus,
      on(CountedSchema, { consumer: 'ledger', orderByKey: true }, () => {}),
    );
    await until('all are owned', async () => {
      const owned = (await statusOf('ledger'))?.instances.flatMap(({ partitions }) => partitions);
      return owned?.length === 16;
    });
    const status = await statusOf('ledger');
    expect(status).toMatchObject({ stream: 'EVT_BUSLINE_BENCH', mode: 'ordered', partitions: 16 });
    expect(status?.instances).toEqual([
      { instance: bus.instance, partitions: Array.from({ length: 16 }, (_, partition) => partition) },
    ]);
    expect(status?.durables).toHaveLength(17);
  });

  it('pauses all durables of a consumer, and no other consumer, and resumes them', async () => {
    const seen = { mail: 0, audit: 0 };
    await consume(
      bus,
      on(NotedSchema, { consumer: 'mail' }, () => seen.mail++),
      on(NotedSchema, { consumer: 'audit' }, () => seen.audit++),
    );
    const untilTime = new Date(Date.now() + 60_000);
    const paused = await bus.consumers.pause('EVT_NOTES', 'mail', untilTime);
    expect(paused.pausedUntil).toEqual(untilTime);
    await bus.publish(NotedSchema, { text: 'a' });
    await until('the other has it', () => seen.audit === 1);
    expect(await statusOf('mail')).toMatchObject({ pending: 1, pausedUntil: untilTime });
    expect(seen.mail).toBe(0);
    expect((await bus.consumers.resume('EVT_NOTES', 'mail')).pausedUntil).toBeUndefined();
    // The broker looks again at the next sign of life that it owes to a pull, after five seconds at most.
    await until('it is handled', () => seen.mail === 1, 15_000);
  });

  it('lets a paused consumer go on by itself', async () => {
    let seen = 0;
    await consume(
      bus,
      on(NotedSchema, { consumer: 'mail' }, () => seen++),
    );
    const untilTime = new Date(Date.now() + 500);
    await bus.consumers.pause('EVT_NOTES', 'mail', untilTime);
    await bus.publish(NotedSchema, { text: 'a' });
    await until('it is handled', () => seen === 1);
    expect(Date.now()).toBeGreaterThanOrEqual(untilTime.getTime());
  });

  it('knows which consumers there are not', async () => {
    const later = new Date(Date.now() + 60_000);
    expect((await failureOf(bus.consumers.pause('EVT_NOTES', 'nobody', later))).code).toBe(Code.NotFound);
    expect((await failureOf(bus.consumers.resume('NO_STREAM', 'mail'))).code).toBe(Code.NotFound);
    await consume(
      bus,
      on(NotedSchema, { consumer: 'mail' }, () => {}),
    );
    const past = await failureOf(bus.consumers.pause('EVT_NOTES', 'mail', new Date(0)));
    expect(past.code).toBe(Code.InvalidArgument);
    expect(await bus.consumers.list({ stream: 'NO_STREAM' })).toEqual([]);
  });
});
