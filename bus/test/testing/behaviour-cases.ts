import { create } from '@bufbuild/protobuf';
import { type Bus, type EventContext, implement, on, onBatch } from '@busline/bus';
import { EchoService } from '@busline/schemas/busline/bench/v1/bench';
import { WorkService } from '@busline/schemas/busline/bench/v1/durable';
import { CountedSchema, NotedSchema } from '@busline/schemas/busline/bench/v1/events';
import { BadRequestSchema } from '@busline/schemas/google/rpc/error_details';
import { GreetService, SayHelloRequestSchema } from '@busline/schemas/greet/v1/greet';
import { Code, ConnectError, type Interceptor } from '@connectrpc/connect';
import { expect } from 'vitest';
import { applyStreams, consume } from '../event-streams.ts';
import { failureOf, serveGreeter, until } from '../system.ts';

/** A broker, whichever it is, and a bus or several on it. */
export interface BrokerUnderTest {
  connect(): Promise<Bus>;
  /** Cuts every connection for a moment; what is stored stays. */
  cut(): Promise<void>;
}

/** What a worker and its callers may rely on, on any broker. */
export interface BehaviourCase {
  readonly name: string;
  run(broker: BrokerUnderTest): Promise<void>;
}

async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function* sizes(...bytes: readonly number[]) {
  for (const size of bytes) yield { payload: new Uint8Array(size) };
}

async function serveEcho(bus: Bus): Promise<void> {
  const echo = implement(EchoService, {
    echo: ({ payload }) => ({ payload }),
    async *generate({ count, payloadBytes }) {
      for (let at = 0n; at < count; at++) yield { payload: new Uint8Array(payloadBytes) };
    },
    async collect(requests) {
      const payloads = (await collected(requests)).map(({ payload }) => payload.length);
      return {
        count: BigInt(payloads.length),
        payloadBytes: BigInt(payloads.reduce((sum, size) => sum + size, 0)),
      };
    },
    async *echoStream(requests) {
      for await (const { payload } of requests) yield { payload };
    },
  });
  await bus.serve({ name: 'echo', version: '1.0.0', services: [echo] });
}

/** A consumer that fails while `fails` says so, and what it was given. */
async function countingConsumer(bus: Bus, consumer: string, fails: (context: EventContext) => boolean) {
  const handled: { readonly text: string; readonly attempt: number }[] = [];
  const binding = on(NotedSchema, { consumer, maxAttempts: 2, firstDelayMs: 20 }, ({ text }, context) => {
    handled.push({ text, attempt: context.attempt });
    if (fails(context)) throw new Error('not today');
  });
  await consume(bus, binding);
  return handled;
}

export const behaviourCases: readonly BehaviourCase[] = [
  {
    name: 'a call is answered, with metadata both ways, through interceptors of both sides',
    async run(broker) {
      const [bus, caller] = [await broker.connect(), await broker.connect()];
      const seen: string[] = [];
      const note =
        (where: string): Interceptor =>
        (next) =>
        (request) => {
          seen.push(`${where} ${request.header.get('x-note')}`);
          return next(request);
        };
      await serveGreeter(
        bus,
        ({ name }, { responseHeader, responseTrailer }) => {
          responseHeader.set('x-head', 'h');
          responseTrailer.set('x-trail', 't');
          return { greeting: `Hello, ${name}!` };
        },
        { interceptors: [note('worker')] },
      );
      const told: (string | null)[] = [];
      const client = caller.client(GreetService, { interceptors: [note('caller')] });
      const { greeting } = await client.sayHello(
        { name: 'Ada' },
        {
          headers: { 'x-note': 'n' },
          onHeader: (header) => void told.push(header.get('x-head')),
          onTrailer: (trailer) => void told.push(trailer.get('x-trail')),
        },
      );
      expect({ greeting, told, seen }).toEqual({
        greeting: 'Hello, Ada!',
        told: ['h', 't'],
        seen: ['caller n', 'worker n'],
      });
    },
  },
  {
    name: 'an error comes with code, text and details; a broken rule names its field',
    async run(broker) {
      const bus = await broker.connect();
      await serveGreeter(bus, () => {
        const detail = {
          desc: BadRequestSchema,
          value: { fieldViolations: [{ field: 'name', description: 'no' }] },
        };
        throw new ConnectError('no such name', Code.NotFound, undefined, [detail]);
      });
      const failure = await failureOf(bus.client(GreetService).sayHello({ name: 'Ada' }));
      expect(failure).toMatchObject({ code: Code.NotFound, rawMessage: 'no such name' });
      expect(failure.findDetails(BadRequestSchema)[0]?.fieldViolations[0]?.field).toBe('name');
      const broken = await failureOf(bus.client(GreetService).sayHello({ name: '' }));
      expect(broken).toMatchObject({
        code: Code.InvalidArgument,
        rawMessage: expect.stringContaining('name'),
      });
    },
  },
  {
    name: 'a call that nobody serves fails at once',
    async run(broker) {
      const failure = await failureOf(
        (await broker.connect()).client(GreetService).sayHello({ name: 'Ada' }),
      );
      expect(failure).toMatchObject({
        code: Code.Unavailable,
        rawMessage: expect.stringContaining('GreetService'),
      });
    },
  },
  {
    name: 'a deadline and a caller that gives up reach the handler',
    async run(broker) {
      const [bus, caller] = [await broker.connect(), await broker.connect()];
      const signals: AbortSignal[] = [];
      await serveGreeter(bus, (_, { signal }) => {
        signals.push(signal);
        return new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason)),
        );
      });
      const client = caller.client(GreetService);
      expect(await failureOf(client.sayHello({ name: 'Ada' }, { timeoutMs: 100 }))).toMatchObject({
        code: Code.DeadlineExceeded,
      });
      const leaving = new AbortController();
      const call = failureOf(client.sayHello({ name: 'Grace' }, { signal: leaving.signal }));
      await until('the handler runs', () => signals.length === 2);
      leaving.abort();
      expect(await call).toMatchObject({ code: Code.Canceled });
      await until('both handlers are told', () => signals.every(({ aborted }) => aborted));
    },
  },
  {
    name: 'streams of all three kinds, and messages above the limit of the broker',
    async run(broker) {
      const [bus, caller] = [await broker.connect(), await broker.connect()];
      await serveEcho(bus);
      const client = caller.client(EchoService);
      const generated = await collected(client.generate({ count: 50n, payloadBytes: 40_000 }));
      expect(generated.map(({ payload }) => payload.length)).toEqual(Array(50).fill(40_000));
      expect(await client.collect(sizes(1, 70_000, 3))).toMatchObject({ count: 3n, payloadBytes: 70_004n });
      const echoed = await collected(client.echoStream(sizes(5, 0, 9)));
      expect(echoed.map(({ payload }) => payload.length)).toEqual([5, 0, 9]);
      const { payload } = await client.echo({ payload: new Uint8Array(3 * 1024 * 1024).fill(7) });
      expect(payload.every((byte) => byte === 7)).toBe(true);
      expect(payload.length).toBe(3 * 1024 * 1024);
    },
  },
  {
    name: 'instances share the calls of a service, and each can be asked',
    async run(broker) {
      const buses = [await broker.connect(), await broker.connect()];
      for (const bus of buses) await serveGreeter(bus, () => ({ instance: bus.instance }));
      const caller = await broker.connect();
      const answers = await Promise.all(
        Array.from({ length: 64 }, () => caller.client(GreetService).sayHello({ name: 'Ada' })),
      );
      const both = buses.map(({ instance }) => instance).toSorted();
      expect([...new Set(answers.map(({ instance }) => instance))].toSorted()).toEqual(both);
      const gathered = await caller.gather(GreetService.method.sayHello, { name: 'Ada' });
      expect(gathered.map(({ instance }) => instance).toSorted()).toEqual(both);
      expect((await caller.instances(GreetService)).toSorted()).toEqual(both);
    },
  },
  {
    name: 'what a worker serves is in the catalog',
    async run(broker) {
      const [bus, onlooker] = [await broker.connect(), await broker.connect()];
      const seen = new Set<string>();
      await onlooker.watchCatalog(({ services }) => {
        for (const name of services.keys()) seen.add(name);
      });
      await serveGreeter(bus, () => ({}));
      await until('the catalog has the service', () => seen.has(GreetService.typeName));
      expect(SayHelloRequestSchema.typeName).toBe('greet.v1.SayHelloRequest');
    },
  },
  {
    name: 'an event is stored once per id, and each consumer gets it once',
    async run(broker) {
      const bus = await broker.connect();
      await applyStreams(bus, NotedSchema);
      const [one, two] = [
        await countingConsumer(bus, 'one', () => false),
        await countingConsumer(bus, 'two', () => false),
      ];
      const first = await bus.publish(NotedSchema, { text: 'a' }, { id: 'a-1' });
      const again = await bus.publish(NotedSchema, { text: 'a' }, { id: 'a-1' });
      await bus.publish(NotedSchema, { text: 'b' });
      expect([first.duplicate, again.duplicate, again.sequence]).toEqual([false, true, first.sequence]);
      await until('both have both', () => one.length >= 2 && two.length >= 2);
      expect([one, two].map((handled) => handled.map(({ text }) => text))).toEqual([
        ['a', 'b'],
        ['a', 'b'],
      ]);
    },
  },
  {
    name: 'a failing event is tried again, becomes a dead letter, and goes to its consumer alone when it is retried',
    async run(broker) {
      const bus = await broker.connect();
      await applyStreams(bus, NotedSchema);
      let broken = true;
      const failing = await countingConsumer(bus, 'failing', () => broken);
      const other = await countingConsumer(bus, 'other', () => false);
      await bus.publish(NotedSchema, { text: 'poison' });
      const letters = async () => (await bus.deadLetters.list({ limit: 10 })).letters;
      await until('there is a dead letter', async () => (await letters()).length === 1);
      const [letter] = await letters();
      expect(letter).toMatchObject({ consumer: 'failing', attempts: 2n });
      expect(await bus.deadLetters.count({ consumer: 'failing' })).toBe(1);
      expect(await bus.deadLetters.count({ consumer: 'other' })).toBe(0);
      broken = false;
      await bus.deadLetters.retry(letter?.deadLetterId ?? '');
      await until('it was handled', () => failing.length === 3);
      expect(failing.map(({ attempt }) => attempt)).toEqual([1, 2, 1]);
      expect(other).toHaveLength(1);
      expect(await letters()).toEqual([]);
    },
  },
  {
    name: 'a consumer that keeps the order of each key does, while events of it fail',
    async run(broker) {
      const bus = await broker.connect();
      await applyStreams(bus, CountedSchema);
      const handled = new Map<string, number[]>();
      const options = { consumer: 'ordered', orderByKey: true, firstDelayMs: 10, concurrency: 8 };
      const failed = new Set<number>();
      const binding = on(CountedSchema, options, ({ key, number }) => {
        const count = Number(number);
        if (key === 'a' && count % 3 === 0 && !failed.has(count)) {
          failed.add(count);
          throw new ConnectError('once', Code.Unavailable);
        }
        handled.set(key, [...(handled.get(key) ?? []), count]);
      });
      await consume(bus, binding);
      const numbers = Array.from({ length: 9 }, (_, at) => at + 1);
      for (const number of numbers) {
        for (const key of ['a', 'b']) await bus.publish(CountedSchema, { key, number: BigInt(number) });
      }
      await until('all are handled', () => [...handled.values()].flat().length === 18, 15_000);
      expect(Object.fromEntries(handled)).toEqual({ a: numbers, b: numbers });
      expect([...failed]).toEqual([3, 6, 9]);
    },
  },
  {
    name: 'state is changed by compare-and-set, watched and listed',
    async run(broker) {
      const [bus, other] = [await broker.connect(), await broker.connect()];
      const options = { bucket: 'behaviour', schema: NotedSchema };
      const store = await bus.openStore(options);
      const theirs = await other.openStore(options);
      await store.create('k', { text: '' });
      expect(await failureOf(store.create('k', { text: 'x' }))).toMatchObject({ code: Code.AlreadyExists });
      const seen: string[] = [];
      const enough = new AbortController();
      const watching = (async () => {
        for await (const { value } of store.watch('k', { signal: enough.signal })) seen.push(value.text);
      })().catch(() => {});
      const append = (by: typeof store) =>
        by.update('k', (current) => ({
          ...(current as NonNullable<typeof current>),
          text: `${current?.text}x`,
        }));
      await Promise.all(Array.from({ length: 10 }, (_, at) => append(at % 2 === 0 ? store : theirs)));
      expect((await theirs.get('k'))?.value.text).toBe('x'.repeat(10));
      await until('the last change was seen', () => seen.at(-1) === 'x'.repeat(10));
      enough.abort();
      await watching;
      const change = () => ({ $typeName: NotedSchema.typeName, text: 'once' }) as const;
      expect(await store.updateOnce('once', 'cause', change)).toMatchObject({ repeated: false });
      expect(await theirs.updateOnce('once', 'cause', change)).toMatchObject({ repeated: true });
      await store.delete('k');
      expect((await collected(store.list())).map(({ key }) => key)).toEqual(['once']);
    },
  },
  {
    name: 'a durable call has one outcome, however often it is asked for and its handler fails',
    async run(broker) {
      const [bus, caller] = [await broker.connect(), await broker.connect()];
      let attempts = 0;
      const work = implement(WorkService, {
        work: ({ text }) => {
          attempts++;
          if (attempts < 3) throw new ConnectError('not yet', Code.Unavailable);
          return { text: `${text} done` };
        },
      });
      await bus.serve({ name: 'work', version: '1.0.0', services: [work] });
      const durable = caller.durable(WorkService.method.work);
      const call = await durable.start({ text: 'it' }, { idempotencyKey: 'once' });
      expect(await call.wait()).toMatchObject({ text: 'it done' });
      const again = await durable.start({ text: 'it' }, { idempotencyKey: 'once' });
      expect(await again.wait()).toMatchObject({ text: 'it done' });
      expect({ attempts, same: again.id === call.id }).toEqual({ attempts: 3, same: true });
    },
  },
  {
    name: 'state and its events are one write, which every instance hears of',
    async run(broker) {
      const [bus, other] = [await broker.connect(), await broker.connect()];
      await applyStreams(bus, CountedSchema);
      const heard: string[] = [];
      for (const [name, by] of Object.entries({ one: bus, two: other })) {
        const options = { consumer: 'listener', broadcast: true };
        await consume(
          by,
          on(CountedSchema, options, ({ number }) => heard.push(`${name} ${number}`)),
        );
      }
      const store = await bus.openStore({ bucket: 'told', schema: CountedSchema, outbox: true });
      for (const number of [1n, 2n]) {
        await store.update('k', (current, emit) => {
          emit(CountedSchema, { key: 'k', number });
          return { ...(current ?? create(CountedSchema)), number };
        });
      }
      await until('both have heard of both', () => heard.length === 4, 15_000);
      expect(heard.filter((by) => by.startsWith('one'))).toEqual(['one 1', 'one 2']);
      expect(heard.filter((by) => by.startsWith('two'))).toEqual(['two 1', 'two 2']);
    },
  },
  {
    name: 'a handler gets events in batches, and names those that failed',
    async run(broker) {
      const bus = await broker.connect();
      await applyStreams(bus, NotedSchema);
      const batches: string[][] = [];
      const options = { consumer: 'batches', maxEvents: 10, maxWaitMs: 50, firstDelayMs: 10 };
      await consume(
        bus,
        onBatch(NotedSchema, options, (events, { fail }) => {
          batches.push(events.map(({ text }) => text));
          if (batches.length === 1) fail(1, new Error('not yet'));
        }),
      );
      await bus.publishAll(
        NotedSchema,
        Array.from({ length: 5 }, (_, n) => ({ text: `n${n}` })),
      );
      await until('all are handled, one twice', () => batches.flat().length === 6);
      const failed = batches[0]?.[1];
      expect(batches.flat().filter((text) => text === failed)).toHaveLength(2);
      expect(new Set(batches.flat()).size).toBe(5);
    },
  },
  {
    name: 'events come later, and again and again',
    async run(broker) {
      const bus = await broker.connect();
      await applyStreams(bus, NotedSchema);
      const seen: string[] = [];
      await consume(
        bus,
        on(NotedSchema, { consumer: 'later' }, ({ text }) => seen.push(text)),
      );
      await bus.publish(NotedSchema, { text: 'later' }, { afterMs: 100 });
      await bus.schedule(NotedSchema, { name: 'often', everyMs: 1_000 }, { text: 'often' });
      await until('both came', () => seen.includes('later') && seen.includes('often'), 15_000);
      expect(await bus.unschedule('often')).toBe(true);
    },
  },
  {
    name: 'calls and consumers go on after the connections were cut',
    async run(broker) {
      const [bus, caller] = [await broker.connect(), await broker.connect()];
      await applyStreams(bus, NotedSchema);
      const handled = await countingConsumer(bus, 'survivor', () => false);
      await serveGreeter(bus, () => ({ greeting: 'still here' }));
      await bus.publish(NotedSchema, { text: 'before' });
      await until('the first is handled', () => handled.length === 1);
      await broker.cut();
      const greet = () => caller.client(GreetService).sayHello({ name: 'Ada' });
      await until(
        'calls are answered again',
        () =>
          greet().then(
            () => true,
            () => false,
          ),
        20_000,
      );
      await until('the worker is connected', () => bus.state === 'connected', 20_000);
      await bus.publish(NotedSchema, { text: 'after' });
      await until('the second is handled', () => handled.length === 2, 20_000);
      expect(await greet()).toMatchObject({ greeting: 'still here' });
    },
  },
];
