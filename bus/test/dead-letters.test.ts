import type { JsonObject } from '@bufbuild/protobuf';
import { type Bus, deadLetterService, on } from '@busline/bus';
import { CountedSchema, NotedSchema, ObservedSchema } from '@busline/schemas/busline/bench/v1/events';
import { DeadLetterReason, DeadLetterService } from '@busline/schemas/busline/deadletters/v1/deadletters';
import { ErrorInfoSchema } from '@busline/schemas/google/rpc/error_details';
import { type Client, Code, ConnectError, createClient } from '@connectrpc/connect';
import { jetstream } from '@nats-io/jetstream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { applyStreams, consume, consumerInfo, storedMessages, withManager } from './event-streams.ts';
import { failureOf, type System, startSystem, until } from './system.ts';

describe('dead letters', () => {
  let system: System;
  let bus: Bus;
  let client: Client<typeof DeadLetterService>;
  beforeAll(async () => {
    system = await startSystem();
  });
  beforeEach(async () => {
    bus = await system.connect();
    await applyStreams(bus, NotedSchema, CountedSchema, ObservedSchema);
    await bus.serve({ name: 'deadletters', version: '1.0.0', services: [deadLetterService(bus)] });
    client = createClient(DeadLetterService, bus.transport());
  });
  afterEach(async () => {
    await system.reset();
    await withManager(system.nats.url, async (manager) => {
      for (const stream of [
        'EVT_NOTES',
        'EVT_OBSERVED',
        'EVT_BUSLINE_BENCH',
        'DEAD_LETTERS',
        'BUSLINE_ADVISORIES',
      ]) {
        await manager.streams.delete(stream).catch(() => {});
      }
    });
  });
  afterAll(() => system.close());

  /** A consumer that refuses texts with "bad" in them, for good, and notes the others. */
  const picky = async (consumer: string) => {
    const seen: string[] = [];
    await consume(
      bus,
      on(NotedSchema, { consumer }, ({ text }) => {
        seen.push(text);
        if (text.includes('bad'))
          throw new ConnectError(`${consumer} does not like it`, Code.InvalidArgument);
      }),
    );
    return seen;
  };
  const listed = async (count: number) => {
    await until(
      `there are ${count}`,
      async () => (await client.listDeadLetters({})).deadLetters.length === count,
    );
    return (await client.listDeadLetters({})).deadLetters;
  };
  const reasonOf = (error: ConnectError) => error.findDetails(ErrorInfoSchema)[0]?.reason;

  it('do not show what the contract keeps back, and keep it when they are edited', async () => {
    const witnesses: string[] = [];
    await consume(
      bus,
      on(ObservedSchema, { consumer: 'gazette' }, ({ amount, witness }) => {
        if (amount === 3n) throw new ConnectError('no', Code.InvalidArgument);
        witnesses.push(witness);
      }),
    );
    await bus.publish(ObservedSchema, { thing: 'comet', amount: 3n, witness: 'ada' });
    const [letter] = await listed(1);
    expect(letter?.event).toEqual({ thing: 'comet', amount: '3', witness: '' });
    const deadLetterId = letter?.deadLetterId ?? '';
    for (const amount of ['4', '5']) {
      const event = { ...letter?.event, amount };
      expect((await client.editDeadLetter({ deadLetterId, event })).event).toEqual(event);
    }
    await client.retryDeadLetter({ deadLetterId });
    await until('it is handled', () => witnesses.length > 0);
    expect(witnesses).toEqual(['ada']);
  });

  it('are listed decoded, edited, and retried by the consumer that failed, and no other', async () => {
    const mail = await picky('mail');
    const audit: string[] = [];
    await consume(
      bus,
      on(NotedSchema, { consumer: 'audit' }, ({ text }) => audit.push(text)),
    );
    await bus.publish(NotedSchema, { text: 'bad' }, { id: 'n1', attributes: { subject: 's' } });
    const [letter] = await listed(1);
    expect(letter).toMatchObject({
      consumer: 'mail',
      eventType: 'busline.bench.v1.Noted',
      eventId: 'n1',
      reason: DeadLetterReason.TERMINAL_ERROR,
      code: Code.InvalidArgument,
      message: 'mail does not like it',
      event: { text: 'bad' },
      eventHex: '',
      edited: false,
    });
    expect(letter?.stack).toMatch(/dead-letters\.test\.ts:\d+/);
    expect(letter?.stack).not.toContain('/bus/test/');
    const deadLetterId = letter?.deadLetterId ?? '';

    expect(await client.editDeadLetter({ deadLetterId, event: { text: 'good' } })).toMatchObject({
      edited: true,
      event: { text: 'good' },
    });
    expect(await client.getDeadLetter({ deadLetterId })).toMatchObject({
      edited: true,
      event: { text: 'good' },
    });
    await client.retryDeadLetter({ deadLetterId });
    await until('it is handled', () => mail.includes('good'));
    expect(await listed(0)).toEqual([]);
    expect(mail).toEqual(['bad', 'good']);
    // Each of its durables is through with it, so it does not come again.
    for (const durable of ['mail', 'mail--retry', 'audit', 'audit--retry']) {
      await until(`${durable} has nothing left`, async () => {
        const { num_pending: pending, num_ack_pending: open } = await consumerInfo(
          system.nats.url,
          'EVT_NOTES',
          durable,
        );
        return pending === 0 && open === 0;
      });
    }
    expect(audit).toEqual(['bad']);
    const [, again] = await storedMessages(system.nats.url, 'EVT_NOTES');
    expect(again?.header.get('ce-id')).toBe('n1');
    expect(again?.header.get('ce-subject')).toBe('s');
  });

  it('come of a poison event after its attempts and their delays, while other keys go on, and are mended for its consumer alone', async () => {
    const attempts: { atMs: number; attempt: number }[] = [];
    const handled = new Map<string, bigint[]>();
    const audit: string[] = [];
    await consume(
      bus,
      on(
        CountedSchema,
        { consumer: 'ledger', orderByKey: true, maxAttempts: 4, firstDelayMs: 150 },
        ({ key, number }, { attempt }) => {
          if (number === 13n) {
            attempts.push({ atMs: performance.now(), attempt });
            throw new Error('13 is not taken');
          }
          handled.set(key, [...(handled.get(key) ?? []), number]);
        },
      ),
      on(CountedSchema, { consumer: 'audit' }, ({ key, number }) => audit.push(`${key} ${number}`)),
    );
    const numbers = [1n, 2n, 3n];
    await bus.publish(CountedSchema, { key: 'poisoned', number: 13n });
    for (const number of numbers) {
      for (const key of ['poisoned', 'a', 'b']) await bus.publish(CountedSchema, { key, number });
    }
    await until(
      'the other keys are handled',
      () => handled.get('a')?.length === 3 && handled.get('b')?.length === 3,
    );
    expect(attempts.length).toBeLessThan(4);
    expect(handled.get('poisoned')).toBeUndefined();
    const [letter] = await listed(1);
    expect(letter).toMatchObject({
      consumer: 'ledger',
      reason: DeadLetterReason.ATTEMPTS_EXHAUSTED,
      message: 'Error: 13 is not taken',
      attempts: 4n,
      key: 'poisoned',
    });
    expect(attempts.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
    // Doubling, 20 % around; later on a busy machine, never sooner.
    const delays = attempts.slice(1).map(({ atMs }, at) => atMs - (attempts[at]?.atMs ?? 0));
    for (const [at, delayMs] of delays.entries()) {
      expect(delayMs).toBeGreaterThanOrEqual(150 * 2 ** at * 0.8 - 1);
      expect(delayMs).toBeLessThan(150 * 2 ** at * 1.2 + 1_000);
    }
    await until('its key goes on', () => handled.get('poisoned')?.length === 3);
    await until('the other consumer has all', () => audit.length === 10);

    const deadLetterId = letter?.deadLetterId ?? '';
    await client.editDeadLetter({ deadLetterId, event: { key: 'poisoned', number: '14' } });
    await client.retryDeadLetter({ deadLetterId });
    await until('it is handled', () => handled.get('poisoned')?.includes(14n) === true);
    expect(await listed(0)).toEqual([]);
    await until('both consumers are through', async () => {
      const states = await bus.consumers.list({ stream: 'EVT_BUSLINE_BENCH' });
      return states.every(({ pending, unacknowledged }) => pending + unacknowledged === 0);
    });
    expect(attempts).toHaveLength(4);
    expect(audit).toHaveLength(10);
  });

  it('that fail again when they are retried are dead letters again', async () => {
    await picky('mail');
    await bus.publish(NotedSchema, { text: 'bad' });
    const [first] = await listed(1);
    await client.retryDeadLetter({ deadLetterId: first?.deadLetterId ?? '' });
    await until('it is another', async () => {
      const [now] = (await client.listDeadLetters({})).deadLetters;
      return now !== undefined && now.deadLetterId !== first?.deadLetterId;
    });
    const [second] = await listed(1);
    await client.retryDeadLetter({ deadLetterId: second?.deadLetterId ?? '' });
    await until(
      'it came a third time',
      async () => (await storedMessages(system.nats.url, 'EVT_NOTES')).length === 3,
    );
    expect(await listed(1)).toHaveLength(1);
  });

  it('are counted, paged and filtered', async () => {
    expect(await bus.deadLetters.count()).toBe(0);
    expect(await bus.deadLetters.count({ consumer: 'mail' })).toBe(0);
    await picky('mail');
    await picky('other');
    for (const n of [1, 2, 3]) await bus.publish(NotedSchema, { text: `bad ${n}` });
    await listed(6);
    const counts = [
      {},
      { stream: 'EVT_NOTES' },
      { consumer: 'mail' },
      { consumer: 'nobody' },
      { stream: 'X' },
    ];
    expect(await Promise.all(counts.map((filter) => bus.deadLetters.count(filter)))).toEqual([6, 6, 3, 0, 0]);
    const texts: unknown[] = [];
    let pageToken = '';
    let pages = 0;
    do {
      const page = await client.listDeadLetters({ consumer: 'mail', pageSize: 2, pageToken });
      texts.push(...page.deadLetters.map(({ event }) => event?.text));
      pageToken = page.nextPageToken;
      pages++;
    } while (pageToken !== '');
    expect(texts).toEqual(['bad 1', 'bad 2', 'bad 3']);
    expect(pages).toBe(2);
    expect((await client.listDeadLetters({ eventType: 'other.v1.Type' })).deadLetters).toEqual([]);
  });

  it('are discarded, and the event stays', async () => {
    await picky('mail');
    await bus.publish(NotedSchema, { text: 'bad' });
    const [letter] = await listed(1);
    const deadLetterId = letter?.deadLetterId ?? '';
    await client.discardDeadLetter({ deadLetterId });
    expect(await listed(0)).toEqual([]);
    expect(await storedMessages(system.nats.url, 'EVT_NOTES')).toHaveLength(1);
    expect(reasonOf(await failureOf(client.discardDeadLetter({ deadLetterId })))).toBe('DEAD_LETTER_UNKNOWN');
  });

  it('that cannot be decoded are shown in hexadecimal digits', async () => {
    await picky('mail');
    await withManager(system.nats.url, (_, nats) =>
      jetstream(nats).publish('evt.busline.bench.v1.Noted.0._', new Uint8Array([0xff, 0x01])),
    );
    const [letter] = await listed(1);
    expect(letter).toMatchObject({ reason: DeadLetterReason.UNREADABLE, eventHex: 'ff01' });
    expect(letter?.event).toBeUndefined();
    // It can be put right all the same: the contract is known.
    const edited = await client.editDeadLetter({
      deadLetterId: letter?.deadLetterId ?? '',
      event: { text: 'ok' },
    });
    expect(edited).toMatchObject({ event: { text: 'ok' }, eventHex: '' });
  });

  it.each<{ name: string; event: JsonObject; problem: string }>([
    { name: 'what is no such event', event: { nothing: 1 }, problem: 'this is no busline.bench.v1.Counted' },
    { name: 'another key', event: { key: 'other' }, problem: 'the key must stay "k1"' },
  ])('are not edited to $name', async ({ event, problem }) => {
    await consume(
      bus,
      on(CountedSchema, { consumer: 'count' }, () => {
        throw new ConnectError('no', Code.NotFound);
      }),
    );
    await bus.publish(CountedSchema, { key: 'k1' });
    const [letter] = await listed(1);
    const error = await failureOf(client.editDeadLetter({ deadLetterId: letter?.deadLetterId ?? '', event }));
    expect(error.code).toBe(Code.InvalidArgument);
    expect(error.rawMessage).toContain(problem);
  });

  it('are not edited against a rule of their contract', async () => {
    await picky('mail');
    await bus.publish(NotedSchema, { text: 'bad' });
    const [letter] = await listed(1);
    const edit = client.editDeadLetter({
      deadLetterId: letter?.deadLetterId ?? '',
      event: { text: 'x'.repeat(1001) },
    });
    expect((await failureOf(edit)).code).toBe(Code.InvalidArgument);
  });

  it.each(['nothing.like.this', 'EVT_NOTES.mail.77', 'a b'])(
    'called %s are not there',
    async (deadLetterId) => {
      expect(reasonOf(await failureOf(client.getDeadLetter({ deadLetterId })))).toBe('DEAD_LETTER_UNKNOWN');
    },
  );

  it('are made of what nobody ever reports', async () => {
    await picky('mail');
    await bus.publish(NotedSchema, { text: 'good' });
    await until(
      'it is handled',
      async () => (await consumerInfo(system.nats.url, 'EVT_NOTES', 'mail')).ack_floor.stream_seq === 1,
    );
    await withManager(system.nats.url, async (manager, nats) => {
      // As a process that is killed with each event would do it: taken twice, and never a word.
      await manager.consumers.add('EVT_NOTES', {
        durable_name: 'killer',
        ack_policy: 'explicit',
        ack_wait: 50_000_000,
        max_deliver: 2,
        metadata: { 'busline.consumer': 'killer' },
      });
      const consumer = await jetstream(nats).consumers.get('EVT_NOTES', 'killer');
      for (let n = 0; n < 2; n++) await consumer.next({ expires: 2_000 });
      await consumer.next({ expires: 1_000 });
    });
    const [letter] = await listed(1);
    expect(letter).toMatchObject({
      consumer: 'killer',
      reason: DeadLetterReason.NEVER_REPORTED,
      code: 0,
      attempts: 2n,
      eventType: 'busline.bench.v1.Noted',
      event: { text: 'good' },
    });
  });
});
