import { type Bus, type EventContext, on, type ReplayProgress } from '@busline/bus';
import { CountedSchema, NotedSchema } from '@busline/schemas/busline/bench/v1/events';
import { ErrorInfoSchema } from '@busline/schemas/google/rpc/error_details';
import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { consume, consumerInfo, deadLetters, storedMessages } from './event-streams.ts';
import { failureOf, type System, until } from './system.ts';
import { withEvents } from './testing/with-events.ts';

describe('a replay', () => {
  let system: System;
  let bus: Bus;
  withEvents([NotedSchema, CountedSchema], (begun) => {
    ({ system, bus } = begun);
  });

  interface Seen {
    readonly text: string;
    readonly context: EventContext;
  }
  const noting = async (consumer: string, work: (text: string) => void = () => {}) => {
    const seen: Seen[] = [];
    await consume(
      bus,
      on(NotedSchema, { consumer, firstDelayMs: 10, maxAttempts: 2 }, ({ text }, context) => {
        seen.push({ text, context });
        work(text);
      }),
    );
    return seen;
  };
  const publishNotes = async (count: number) => {
    for (let n = 1; n <= count; n++) await bus.publish(NotedSchema, { text: `n${n}` }, { id: `id${n}` });
  };

  it('is planned, and then delivers its part to one consumer alone, which keeps its place', async () => {
    const mail = await noting('mail');
    const audit = await noting('audit');
    await publishNotes(10);
    await until('all were handled', () => mail.length === 10 && audit.length === 10);

    const plan = await bus.consumers.planReplay({ consumer: 'mail', from: 4, to: 7 });
    expect(plan).toMatchObject({
      stream: 'EVT_NOTES',
      consumer: 'mail',
      events: ['busline.bench.v1.Noted'],
      from: 4,
      to: 7,
      count: 4,
      ordered: false,
      listening: true,
      pausedUntil: undefined,
    });
    expect(mail).toHaveLength(10);
    const before = await consumerInfo(system.nats.url, 'EVT_NOTES', 'mail');
    const steps: ReplayProgress[] = [];
    const done = await bus.consumers.replay(plan, { id: 'r1', onProgress: (step) => steps.push(step) });
    expect(done).toEqual({ id: 'r1', sent: 4, total: 4, resumeFrom: 8 });
    expect(steps.at(-1)).toEqual(done);

    const again = mail.slice(10);
    expect(again.map(({ text }) => text).toSorted()).toEqual(['n4', 'n5', 'n6', 'n7']);
    expect(again.map(({ context }) => context.id).toSorted()).toEqual(['id4', 'id5', 'id6', 'id7']);
    expect(new Set(again.map(({ context }) => context.attributes.replay))).toEqual(new Set(['r1']));
    await until('both are through', async () => {
      const states = await Promise.all(
        ['mail', 'audit'].map((durable) => consumerInfo(system.nats.url, 'EVT_NOTES', durable)),
      );
      return states.every(({ num_pending: pending, num_ack_pending: open }) => pending + open === 0);
    });
    expect(audit).toHaveLength(10);
    const after = await consumerInfo(system.nats.url, 'EVT_NOTES', 'mail');
    expect(after.ack_floor.stream_seq).toBeGreaterThanOrEqual(before.ack_floor.stream_seq);
    // The copies do not stay in the stream.
    expect(await storedMessages(system.nats.url, 'EVT_NOTES')).toHaveLength(10);
  });

  it('keeps ids, so that what was done once stays done; with new ids it is done again', async () => {
    const totals = await bus.openStore({ bucket: 'totals', schema: NotedSchema });
    await consume(
      bus,
      on(NotedSchema, { consumer: 'sum' }, async ({ text }, { id }) => {
        await totals.updateOnce('all', id, (current) => ({
          $typeName: 'busline.bench.v1.Noted',
          text: `${current?.text ?? ''}${text}`,
        }));
      }),
    );
    const sum = async () => (await totals.get('all'))?.value.text.length;
    await publishNotes(3);
    await until('all were summed', async () => (await sum()) === 6);
    const plan = await bus.consumers.planReplay({ consumer: 'sum', from: 1 });
    await bus.consumers.replay(plan);
    expect(await sum()).toBe(6);
    await bus.consumers.replay(plan, { newIds: true });
    expect(await sum()).toBe(12);
  });

  it('begins and ends at moments', async () => {
    const mail = await noting('mail');
    await publishNotes(5);
    await until('all were handled', () => mail.length === 5);
    const stored = await storedMessages(system.nats.url, 'EVT_NOTES');
    const at = (sequence: number) => stored[sequence - 1]?.time as Date;
    const plan = await bus.consumers.planReplay({ consumer: 'mail', from: at(2), to: at(4) });
    // Moments are whole milliseconds, in which more than one event may have been stored.
    const within = stored.filter(({ time }) => time >= at(2) && time <= at(4));
    expect(plan.count).toBe(within.length);
    const later = await bus.consumers.planReplay({ consumer: 'mail', from: new Date(Date.now() + 60_000) });
    expect(later.count).toBe(0);
    expect(await bus.consumers.replay(later)).toMatchObject({ sent: 0 });
  });

  it('of an ordered consumer keeps the order of each key, past a failure', async () => {
    const seen = new Map<string, bigint[]>();
    let failures = 0;
    await consume(
      bus,
      on(
        CountedSchema,
        { consumer: 'ledger', orderByKey: true, firstDelayMs: 20 },
        ({ key, number }, { attributes }) => {
          if (attributes.replay === undefined) return;
          if (key === 'k1' && number === 2n && ++failures < 3) throw new Error('not now');
          seen.set(key, [...(seen.get(key) ?? []), number]);
        },
      ),
    );
    const events = Array.from({ length: 30 }, (_, n) => ({
      key: `k${n % 3}`,
      number: BigInt(Math.floor(n / 3)),
    }));
    await bus.publishAll(CountedSchema, events);
    const plan = await bus.consumers.planReplay({ consumer: 'ledger', from: 1 });
    expect(plan).toMatchObject({ ordered: true, count: 30 });
    await bus.consumers.replay(plan);
    const numbers = Array.from({ length: 10 }, (_, n) => BigInt(n));
    expect(Object.fromEntries(seen)).toEqual({ k0: numbers, k1: numbers, k2: numbers });
    expect(failures).toBe(3);
  });

  it('makes dead letters of what fails again, and goes on', async () => {
    let bad = false;
    const mail = await noting('mail', (text) => {
      if (bad && text === 'n2') throw new ConnectError('no', Code.InvalidArgument);
    });
    await publishNotes(3);
    await until('all were handled', () => mail.length === 3);
    bad = true;
    await bus.consumers.replay(await bus.consumers.planReplay({ consumer: 'mail', from: 1 }));
    expect(mail).toHaveLength(6);
    expect((await deadLetters(system.nats.url)).map(({ letter }) => letter?.eventId)).toEqual(['id2']);
  });

  it('can be broken off, and goes on with what is left', async () => {
    const mail = await noting('mail');
    await publishNotes(20);
    await until('all were handled', () => mail.length === 20);
    const plan = await bus.consumers.planReplay({ consumer: 'mail', from: 1 });
    const breaker = new AbortController();
    const options = { id: 'r1', window: 4 };
    const broken = await failureOf(
      bus.consumers.replay(plan, {
        ...options,
        signal: breaker.signal,
        onProgress: ({ sent }) => sent >= 8 && breaker.abort(),
      }),
    );
    expect(broken.code).toBe(Code.Canceled);
    const resumeFrom = Number(broken.findDetails(ErrorInfoSchema)[0]?.metadata.resumeFrom);
    expect(resumeFrom).toBe(9);
    const rest = await bus.consumers.planReplay({ consumer: 'mail', from: resumeFrom });
    expect(rest.count).toBe(12);
    await bus.consumers.replay(rest, options);
    await until('each came twice', () => mail.length === 40);
    expect(new Set(mail.slice(20).map(({ text }) => text)).size).toBe(20);
  });

  it('says so when nobody handles anything', async () => {
    const mail = await noting('mail');
    await publishNotes(1);
    await until('it was handled', () => mail.length === 1);
    await bus.consumers.pause('EVT_NOTES', 'mail', new Date(Date.now() + 60_000));
    const plan = await bus.consumers.planReplay({ consumer: 'mail', from: 1 });
    expect(plan.pausedUntil).toBeInstanceOf(Date);
    const error = await failureOf(bus.consumers.replay(plan, { stallTimeoutMs: 200 }));
    expect(error.rawMessage).toMatch(/consumer mail of stream EVT_NOTES has handled nothing for 200 ms/);
  });

  it.each([
    { of: 'a consumer that is not there', request: { consumer: 'nobody', from: 1 }, code: Code.NotFound },
    {
      of: 'an event it does not handle',
      request: { consumer: 'mail', events: ['a.B'], from: 1 },
      code: Code.InvalidArgument,
    },
    {
      of: 'a range that ends before it begins',
      request: { consumer: 'mail', from: 5, to: 4 },
      code: Code.InvalidArgument,
    },
  ])('is refused for $of', async ({ request, code }) => {
    await noting('mail');
    expect((await failureOf(bus.consumers.planReplay(request))).code).toBe(code);
  });
});
