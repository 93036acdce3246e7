import { setTimeout as delay } from 'node:timers/promises';
import { type Bus, type EventContext, on } from '@busline/bus';
import { CountedSchema, NotedSchema } from '@busline/schemas/busline/bench/v1/events';
import { DeadLetterReason } from '@busline/schemas/busline/deadletters/v1/deadletters';
import { RetryInfoSchema } from '@busline/schemas/google/rpc/error_details';
import { Code, ConnectError } from '@connectrpc/connect';
import { jetstream } from '@nats-io/jetstream';
import { headers } from '@nats-io/nats-core';
import { describe, expect, it } from 'vitest';
import { eventFile } from '../src/events/testing/event-file.ts';
import {
  applyStreams,
  consume,
  consumerInfo,
  deadLetters,
  storedMessages,
  withManager,
} from './event-streams.ts';
import { failureOf, gate, type System, until } from './system.ts';
import { withEvents } from './testing/with-events.ts';

describe('a consumer', () => {
  let system: System;
  let bus: Bus;
  withEvents([NotedSchema, CountedSchema], (begun) => {
    ({ system, bus } = begun);
  });

  const note = (text: string) => bus.publish(NotedSchema, { text });
  const notes = (count: number) =>
    bus.publishAll(
      NotedSchema,
      Array.from({ length: count }, (_, n) => ({ text: String(n) })),
    );
  const settledAll = (consumer: string) =>
    until(`everything of ${consumer} is settled`, async () => {
      const { num_pending: pending, num_ack_pending: open } = await consumerInfo(
        system.nats.url,
        'EVT_NOTES',
        consumer,
      );
      return pending === 0 && open === 0;
    });

  it('gives a handler the event with all that is known about it, and acknowledges it', async () => {
    const seen: { text: string; context: EventContext }[] = [];
    await consume(
      bus,
      on(NotedSchema, { consumer: 'mail' }, ({ text }, context) => seen.push({ text, context })),
    );
    await bus.publish(
      NotedSchema,
      { text: 'hello' },
      { id: 'n1', time: new Date(1_000), attributes: { subject: 's' } },
    );
    await settledAll('mail');
    expect(seen).toHaveLength(1);
    expect(seen[0]?.text).toBe('hello');
    const context = seen[0]?.context;
    expect(context?.id).toBe('n1');
    expect(context?.type).toBe('busline.bench.v1.Noted');
    expect(context?.key).toBeUndefined();
    expect(context?.time).toEqual(new Date(1_000));
    expect(context?.source).toBe('/busline');
    expect(context?.attributes).toEqual({ subject: 's' });
    expect(context?.attempt).toBe(1);
    expect(context?.consumer).toBe('mail');
    expect(context?.stream).toBe('EVT_NOTES');
    expect(context?.sequence).toBe(1);
    expect(context?.signal.aborted).toBe(true);
  });

  it('takes what other clients publish: without CloudEvents, and as JSON', async () => {
    const seen: [string, string][] = [];
    await consume(
      bus,
      on(NotedSchema, { consumer: 'mail' }, ({ text }, { id }) => seen.push([text, id])),
    );
    await withManager(system.nats.url, async (_, nats) => {
      const json = headers();
      json.set('Content-Type', 'application/json');
      const js = jetstream(nats);
      await js.publish('evt.busline.bench.v1.Noted.0._', new Uint8Array([0x0a, 0x01, 0x61]));
      await js.publish('evt.busline.bench.v1.Noted.0._', '{"text":"b"}', { headers: json, msgID: 'j1' });
    });
    await settledAll('mail');
    expect(seen).toEqual([
      ['a', 'EVT_NOTES:1'],
      ['b', 'j1'],
    ]);
  });

  it('shares its events among instances, and each other consumer sees all of them', async () => {
    const other = await system.connect();
    const counts = { one: 0, two: 0, audit: 0 };
    const work = { consumer: 'mail', concurrency: 4, prefetch: 4 };
    await consume(
      bus,
      on(NotedSchema, work, async () => {
        counts.one++;
        await delay(1);
      }),
    );
    await consume(
      other,
      on(NotedSchema, work, async () => {
        counts.two++;
        await delay(1);
      }),
      on(NotedSchema, { consumer: 'audit' }, () => {
        counts.audit++;
      }),
    );
    await notes(300);
    await settledAll('mail');
    await settledAll('audit');
    expect(counts.one + counts.two).toBe(300);
    expect(Math.min(counts.one, counts.two)).toBeGreaterThan(30);
    expect(counts.audit).toBe(300);
  });

  it('runs no more handlers at once than it may', async () => {
    let running = 0;
    let most = 0;
    const opened = gate();
    await consume(
      bus,
      on(NotedSchema, { consumer: 'mail', concurrency: 3, prefetch: 50 }, async () => {
        most = Math.max(most, ++running);
        await opened.opened;
        running--;
      }),
    );
    await notes(20);
    await until('some run', () => running === 3);
    opened.open();
    await settledAll('mail');
    expect(most).toBe(3);
  });

  it('tries again with growing delays, then makes a dead letter of it', async () => {
    const atMs: number[] = [];
    await consume(
      bus,
      on(NotedSchema, { consumer: 'mail', maxAttempts: 4, firstDelayMs: 50, maxDelayMs: 150 }, () => {
        atMs.push(performance.now());
        throw new Error('token=hunter2 is wrong');
      }),
    );
    await note('bad');
    await until('it is a dead letter', async () => (await deadLetters(system.nats.url)).length === 1);
    await settledAll('mail');
    const waits = atMs.slice(1).map((ms, at) => ms - (atMs[at] ?? 0));
    expect(waits).toHaveLength(3);
    // ±20 % around 50, 100 and 150; late is allowed on a busy machine, early is not.
    for (const [at, least] of [40, 80, 120].entries()) expect(waits[at]).toBeGreaterThanOrEqual(least - 2);
    expect((await deadLetters(system.nats.url))[0]?.letter).toMatchObject({
      deadLetterId: 'EVT_NOTES.mail.1',
      consumer: 'mail',
      stream: 'EVT_NOTES',
      sequence: 1n,
      eventType: 'busline.bench.v1.Noted',
      reason: DeadLetterReason.ATTEMPTS_EXHAUSTED,
      code: Code.Internal,
      message: 'Error: token=[redacted] is wrong',
      attempts: 4n,
      worker: 'handler',
      instance: bus.instance,
      headers: { 'ce-type': 'busline.bench.v1.Noted' },
    });
  });

  it('waits as long as the error asks for', async () => {
    const atMs: number[] = [];
    await consume(
      bus,
      on(NotedSchema, { consumer: 'mail', firstDelayMs: 1 }, (_, { attempt }) => {
        atMs.push(performance.now());
        const info = { desc: RetryInfoSchema, value: { retryDelay: { seconds: 0n, nanos: 150_000_000 } } };
        if (attempt === 1) throw new ConnectError('busy', Code.Unavailable, undefined, [info]);
      }),
    );
    await note('later');
    await settledAll('mail');
    expect((atMs[1] ?? 0) - (atMs[0] ?? 0)).toBeGreaterThanOrEqual(148);
  });

  it('makes a dead letter at once of what repeating cannot help', async () => {
    let runs = 0;
    await consume(
      bus,
      on(NotedSchema, { consumer: 'mail' }, () => {
        runs++;
        throw new ConnectError('no such customer', Code.NotFound);
      }),
    );
    await note('bad');
    await until('it is a dead letter', async () => (await deadLetters(system.nats.url)).length === 1);
    await settledAll('mail');
    expect(runs).toBe(1);
    expect((await deadLetters(system.nats.url))[0]?.letter).toMatchObject({
      reason: DeadLetterReason.TERMINAL_ERROR,
      code: Code.NotFound,
      message: 'no such customer',
      attempts: 1n,
    });
  });

  it.each([
    {
      name: 'bytes that are no message',
      body: [0xff, 0xff],
      problem: 'the event is not a busline.bench.v1.Noted',
    },
    {
      name: 'a broken rule',
      body: [0x0a, 0xe9, 0x07, ...new Array<number>(1001).fill(0x61)],
      problem: 'text',
    },
    { name: 'another type', body: [], type: 'other.v1.Type', problem: 'its ce-type is other.v1.Type' },
  ])('makes a dead letter of $name, with its bytes, and goes on', async ({ body, type, problem }) => {
    const seen: string[] = [];
    await consume(
      bus,
      on(NotedSchema, { consumer: 'mail' }, ({ text }) => seen.push(text)),
    );
    await withManager(system.nats.url, async (_, nats) => {
      const head = headers();
      if (type !== undefined) head.set('ce-type', type);
      await jetstream(nats).publish('evt.busline.bench.v1.Noted.0._', new Uint8Array(body), {
        headers: head,
      });
    });
    await note('good');
    await settledAll('mail');
    expect(seen).toEqual(['good']);
    const [record] = await deadLetters(system.nats.url);
    expect(record?.letter).toMatchObject({ reason: DeadLetterReason.UNREADABLE, attempts: 1n });
    expect(record?.letter?.message).toContain(problem);
    expect([...(record?.body ?? [])]).toEqual(body);
  });

  it('keeps the broker waiting for a slow handler, and no longer than its time', async () => {
    const attempts: number[] = [];
    const aborted: unknown[] = [];
    await consume(
      bus,
      on(
        NotedSchema,
        { consumer: 'mail', ackWaitMs: 1_000, timeoutMs: 2_000, firstDelayMs: 1 },
        async (_, { attempt, signal }) => {
          attempts.push(attempt);
          if (attempt > 1) return;
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
          aborted.push(signal.reason);
        },
      ),
    );
    const startedAtMs = performance.now();
    await note('slow');
    await until('the second attempt', () => attempts.length === 2);
    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(1_950);
    await settledAll('mail');
    expect(attempts).toEqual([1, 2]);
    expect(String(aborted[0])).toContain('not done within 2000 ms');
  });

  it('gives others what waits behind handlers that never end', async () => {
    const seen: string[] = [];
    const stuck = await system.connect();
    const hanging = gate();
    let begun = 0;
    const options = { consumer: 'mail', concurrency: 2, prefetch: 50, timeoutMs: 100, firstDelayMs: 1 };
    await consume(
      stuck,
      on(NotedSchema, options, () => {
        begun++;
        return hanging.opened;
      }),
    );
    await notes(20);
    await until('both places are taken', () => begun === 2);
    await consume(
      bus,
      on(NotedSchema, options, ({ text }) => seen.push(text)),
    );
    await settledAll('mail');
    expect(new Set(seen).size).toBe(20);
    hanging.open();
  });

  it('hands over its trace and its deadline', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await consume(
      bus,
      on(NotedSchema, { consumer: 'mail', timeoutMs: 60_000 }, async ({ text }) => {
        await bus.publish(CountedSchema, { key: text });
      }),
    );
    await withManager(system.nats.url, async (_, nats) => {
      const head = headers();
      head.set('traceparent', traceparent);
      await jetstream(nats).publish('evt.busline.bench.v1.Noted.0._', new Uint8Array([0x0a, 0x01, 0x61]), {
        headers: head,
      });
    });
    await settledAll('mail');
    const [published] = await storedMessages(system.nats.url, 'EVT_BUSLINE_BENCH');
    expect(published?.header.get('traceparent')).toBe(traceparent);
  });

  it('hands back at once what it has not begun when it leaves', async () => {
    const leaving = await system.connect();
    const begun = gate();
    let running = 0;
    const options = { consumer: 'mail', concurrency: 1, prefetch: 500 };
    const worker = await consume(
      leaving,
      on(NotedSchema, options, async () => {
        running++;
        await begun.opened;
      }),
    );
    await notes(501);
    await until(
      'all of them are here',
      async () => (await consumerInfo(system.nats.url, 'EVT_NOTES', 'mail')).num_ack_pending === 501,
      15_000,
    );
    let taken = 0;
    await consume(
      bus,
      on(NotedSchema, { ...options, concurrency: 600 }, () => {
        taken++;
      }),
    );
    const startedAtMs = performance.now();
    const stopped = worker.stop();
    await until('the other instance has them', () => taken === 500);
    const tookMs = performance.now() - startedAtMs;
    begun.open();
    await stopped;
    await settledAll('mail');
    expect(running).toBe(1);
    expect(taken).toBe(500);
    expect(tookMs).toBeLessThan(500);
  });

  it('hands back what is not done within its drain time', async () => {
    const leaving = await system.connect();
    const never = gate();
    let begun = 0;
    let reason: unknown;
    const worker = await leaving.serve({
      name: 'handler',
      version: '1.0.0',
      drainTimeoutMs: 50,
      events: [
        on(NotedSchema, { consumer: 'mail' }, async (_, { signal }) => {
          signal.addEventListener('abort', () => {
            reason = signal.reason;
          });
          begun++;
          await never.opened;
        }),
      ],
    });
    await note('a');
    await until('it runs', () => begun === 1);
    await worker.stop();
    expect(String(reason)).toContain('the worker is leaving');
    const attempts: number[] = [];
    await consume(
      bus,
      on(NotedSchema, { consumer: 'mail' }, (_, { attempt }) => attempts.push(attempt)),
    );
    await settledAll('mail');
    expect(attempts).toEqual([2]);
    never.open();
  });

  it('goes on after the broker was killed', async () => {
    const seen = new Set<string>();
    await consume(
      bus,
      on(NotedSchema, { consumer: 'mail', ackWaitMs: 1_000 }, ({ text }) => seen.add(text)),
    );
    await note('before');
    await until('the first', () => seen.has('before'));
    system.nats.kill();
    await until('the connection is lost', () => bus.state === 'disconnected');
    await system.nats.restart();
    await note('after');
    await until('the second', () => seen.has('after'));
  });

  it('goes on where it was when its durable is deleted', async () => {
    const seen: string[] = [];
    await consume(
      bus,
      on(NotedSchema, { consumer: 'mail' }, ({ text }) => seen.push(text)),
    );
    await notes(50);
    await settledAll('mail');
    await withManager(system.nats.url, (manager) => manager.consumers.delete('EVT_NOTES', 'mail'));
    await note('new');
    await until('the new one', () => seen.includes('new'));
    expect(new Set(seen).size).toBe(51);
  });

  it('leaves to the other version of its worker what it has no handler for, and passes over what nobody handles', async () => {
    const { A, B, C } = eventFile({ A: { event: {} }, B: { event: {} }, C: { event: {} } });
    await applyStreams(bus, A, B, C);
    const newer = await system.connect();
    const seen: string[] = [];
    const options = { consumer: 'both', prefetch: 1, concurrency: 1 };
    await consume(
      newer,
      on(A, options, () => seen.push('A')),
      on(B, options, () => seen.push('B')),
    );
    await consume(
      bus,
      on(A, options, () => seen.push('old A')),
    );
    for (let n = 0; n < 4; n++) {
      await bus.publish(B, {});
      await bus.publish(C, {});
    }
    await until(
      'every B reached the version that knows it',
      () => seen.filter((what) => what === 'B').length === 4,
    );
    await until('the rest was passed over', async () => {
      const { num_pending: pending, num_ack_pending: open } = await consumerInfo(
        system.nats.url,
        'EVT_SHOP_ORDERS',
        'both',
      );
      return pending === 0 && open === 0;
    });
    const { config } = await consumerInfo(system.nats.url, 'EVT_SHOP_ORDERS', 'both');
    expect(config.filter_subject).toBe('evt.shop.orders.v1.*.*.*');
  });

  it('does not start without its stream', async () => {
    await withManager(system.nats.url, (manager) => manager.streams.delete('EVT_NOTES'));
    const error = await failureOf(
      consume(
        bus,
        on(NotedSchema, { consumer: 'mail' }, () => {}),
      ),
    );
    expect(error.code).toBe(Code.FailedPrecondition);
    expect(error.rawMessage).toContain('there is no stream EVT_NOTES for consumer mail');
  });

  it.each([
    {
      name: 'options that differ within a stream',
      events: () => [
        on(NotedSchema, { consumer: 'mail' }, () => {}),
        on(NotedSchema, { consumer: 'mail', prefetch: 1 }, () => {}),
      ],
      problem: 'consumer mail: prefetch is 64 for one event and 1',
    },
    {
      name: 'one event twice',
      events: () => [
        on(NotedSchema, { consumer: 'mail' }, () => {}),
        on(NotedSchema, { consumer: 'mail' }, () => {}),
      ],
      problem: 'consumer mail handles busline.bench.v1.Noted twice',
    },
    { name: 'nothing', events: () => [], problem: 'worker handler does nothing' },
  ])('does not start with $name', async ({ events, problem }) => {
    await expect(consume(bus, ...events())).rejects.toThrow(problem);
  });
});
