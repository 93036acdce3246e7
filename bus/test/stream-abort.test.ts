import { type Bus, faultReason, implement, type ServiceOptions } from '@busline/bus';
import { EchoService } from '@busline/schemas/busline/bench/v1/bench';
import { Code, ConnectError, type ServiceImpl } from '@connectrpc/connect';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { echoClient, failureOf, gate, type System, startSystem, until } from './system.ts';

let system: System;
const unhandled: unknown[] = [];
const noteUnhandled = (reason: unknown): void => {
  unhandled.push(reason);
};
beforeAll(async () => {
  system = await startSystem();
  process.on('unhandledRejection', noteUnhandled);
});
// Every test here aborts something: none may leave a rejection that nobody handles.
afterEach(async () => {
  await system.reset();
  await new Promise((resolve) => setImmediate(resolve));
  expect(unhandled).toEqual([]);
});
afterAll(async () => {
  process.off('unhandledRejection', noteUnhandled);
  await system.close();
});

type EchoImpl = Partial<ServiceImpl<typeof EchoService>>;

async function serve(implementation: EchoImpl, options?: ServiceOptions): Promise<Bus> {
  const bus = await system.connect();
  await bus.serve({
    name: 'echo',
    version: '1.0.0',
    services: [implement(EchoService, implementation, options)],
  });
  return bus;
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** A stream of requests that goes on until it is let go. */
function endlessInput() {
  const state = { returned: false };
  async function* input() {
    try {
      for (;;) {
        yield {};
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      state.returned = true;
    }
  }
  return { state, input: input() };
}

async function drainAll(messages: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const _ of messages) count++;
  return count;
}

/** Handlers of the three streaming kinds that only end when they are told to, and note how. */
function stubborn(heard: unknown[]): EchoImpl {
  const wait = async (signal: AbortSignal): Promise<void> => {
    await aborted(signal);
    heard.push((signal.reason as ConnectError).code);
  };
  return {
    async *generate(_, { signal }) {
      yield {};
      await wait(signal);
    },
    async collect(_, { signal }) {
      await wait(signal);
      return {};
    },
    async *echoStream(_, { signal }) {
      yield {};
      await wait(signal);
    },
  };
}

type Options = { signal?: AbortSignal; timeoutMs?: number };
const kinds: readonly [string, (bus: Bus, options: Options) => Promise<unknown>][] = [
  ['server streaming', (bus, options) => drainAll(echoClient(bus).generate({}, options))],
  ['client streaming', (bus, options) => echoClient(bus).collect(endlessInput().input, options)],
  ['bidirectional', (bus, options) => drainAll(echoClient(bus).echoStream(endlessInput().input, options))],
];

describe.each(kinds)('a %s call', (_, call) => {
  it('cancelled by its caller ends both sides as CANCELED', async () => {
    const heard: unknown[] = [];
    await serve(stubborn(heard));
    const controller = new AbortController();
    const failure = failureOf(call(await system.connect(), { signal: controller.signal }));
    setTimeout(() => controller.abort(), 20);
    const error = await failure;
    expect([error.code, faultReason(error)]).toEqual([Code.Canceled, 'CANCELLED']);
    await until('the handler heard of it', () => heard.length === 1);
    expect(heard).toEqual([Code.Canceled]);
  });

  it('cancelled before it begins never reaches the handler', async () => {
    let started = 0;
    await serve({
      async *generate() {
        started++;
        yield {};
      },
      async collect() {
        started++;
        return {};
      },
      async *echoStream() {
        started++;
        yield {};
      },
    });
    const caller = await system.connect();
    const error = await failureOf(call(caller, { signal: AbortSignal.abort() }));
    expect(error.code).toBe(Code.Canceled);
    // A later call on the same connection has come and gone: the cancelled one would have been before it.
    await drainAll(echoClient(caller).generate({}));
    expect(started).toBe(1);
  });

  it('past its deadline ends both sides as DEADLINE_EXCEEDED', async () => {
    const heard: unknown[] = [];
    await serve(stubborn(heard));
    const beganAtMs = performance.now();
    const error = await failureOf(call(await system.connect(), { timeoutMs: 100 }));
    expect([error.code, faultReason(error)]).toEqual([Code.DeadlineExceeded, 'DEADLINE']);
    expect(performance.now() - beganAtMs).toBeLessThan(1_000);
    await until('the handler heard of it', () => heard.length === 1);
    // The caller's notice may come before the worker's own sweep.
    expect([Code.DeadlineExceeded, Code.Canceled]).toContain(heard[0]);
  });

  it('with a deadline that is no time at all is refused', async () => {
    await serve(stubborn([]));
    const error = await failureOf(call(await system.connect(), { timeoutMs: -1 }));
    expect([Code.InvalidArgument, Code.DeadlineExceeded]).toContain(error.code);
  });
});

describe('the end of a stream', () => {
  it('by deadline is the worker’s own when the caller keeps silent about it', async () => {
    const heard: unknown[] = [];
    // Its own deadline is also what a caller without one gets.
    await serve(stubborn(heard), { timeoutMs: 60_000 });
    const error = await failureOf(
      drainAll(echoClient(await system.connect()).generate({}, { timeoutMs: 150 })),
    );
    expect(error.code).toBe(Code.DeadlineExceeded);
    await until('the handler heard of it', () => heard.length === 1);
  });

  it('aborts context.signal, so that what the handler left behind stops', async () => {
    const signals: AbortSignal[] = [];
    await serve({
      async *generate(_, { signal }) {
        signals.push(signal);
        yield {};
      },
      async collect(requests, { signal }) {
        signals.push(signal);
        for await (const _ of requests);
        return {};
      },
    });
    const client = echoClient(await system.connect());
    await drainAll(client.generate({}));
    await client.collect(
      (async function* () {
        yield {};
      })(),
    );
    await until(
      'both signals are aborted',
      () => signals.length === 2 && signals.every(({ aborted }) => aborted),
    );
  });

  it('frees the input of the caller, whoever ends it', async () => {
    await serve({
      async collect(requests) {
        for await (const _ of requests) throw new ConnectError('no more', Code.Aborted);
        return {};
      },
      async *echoStream(requests) {
        for await (const { payload } of requests) {
          yield { payload };
          return;
        }
      },
    });
    const client = echoClient(await system.connect());
    const failing = endlessInput();
    expect((await failureOf(client.collect(failing.input))).code).toBe(Code.Aborted);
    const ending = endlessInput();
    expect(await drainAll(client.echoStream(ending.input))).toBe(1);
    await until('both inputs are let go', () => failing.state.returned && ending.state.returned);
  });

  it('reaches a handler that waits for requests, and one that waits to send', async () => {
    const ended = { reader: false, writer: false };
    await serve({
      async *echoStream(requests) {
        try {
          for await (const _ of requests) yield {};
        } finally {
          ended.reader = true;
        }
      },
      async *generate() {
        try {
          for (;;) yield { payload: new Uint8Array(50_000) };
        } finally {
          ended.writer = true;
        }
      },
    });
    const client = echoClient(await system.connect());
    const controller = new AbortController();
    const { signal } = controller;
    const hold = gate();
    async function* input() {
      yield {};
      await hold.opened;
    }
    const reading = failureOf(drainAll(client.echoStream(input(), { signal })));
    const writing = client.generate({}, { signal })[Symbol.asyncIterator]();
    await writing.next();
    controller.abort();
    expect((await reading).code).toBe(Code.Canceled);
    await until('both handlers are over', () => ended.reader && ended.writer);
    hold.open();
  });
});

describe('a stream whose handler has ended while its last messages wait for the reader', () => {
  it.each([
    ['cancelled', (controller: AbortController) => controller.abort(), undefined],
    ['past its deadline', () => undefined, 300],
  ])('frees its place when it is %s', async (_, end, timeoutMs) => {
    const server = await system.connect();
    const handlerEnded = gate();
    const worker = await server.serve({
      name: 'echo',
      version: '1.0.0',
      services: [
        implement(EchoService, {
          async *generate() {
            // More than the window takes, by less than what may wait without holding up the handler.
            for (let n = 0; n < 1_080; n++) yield { payload: new Uint8Array(1_000) };
            handlerEnded.open();
          },
        }),
      ],
    });
    const controller = new AbortController();
    const client = echoClient(await system.connect());
    const options = { signal: controller.signal, ...(timeoutMs === undefined ? {} : { timeoutMs }) };
    const messages = client.generate({}, options)[Symbol.asyncIterator]();
    await messages.next();
    await handlerEnded.opened;
    expect(worker.underWay).toBe(1);
    end(controller);
    await until('the place is free', () => worker.underWay === 0, 2_000);
  });
});

describe('a call made by a handler of a stream', () => {
  it('ends with the deadline of the stream, and a stream made by a handler with that of its call', async () => {
    const inner = await system.connect();
    const left: number[] = [];
    const innerHeard: unknown[] = [];
    await inner.serve({
      name: 'inner',
      version: '1.0.0',
      services: [
        implement(EchoService, {
          async *generate(_, context) {
            const { signal } = context;
            left.push(context.timeoutMs() ?? Number.POSITIVE_INFINITY);
            yield {};
            await aborted(signal);
            innerHeard.push((signal.reason as ConnectError).code);
          },
          async *echoStream(_, context) {
            left.push(context.timeoutMs() ?? Number.POSITIVE_INFINITY);
            // Of a handler, on the same bus, without naming deadline or signal.
            for await (const { payload } of echoClient(inner).generate({})) yield { payload };
          },
          async echo(_, context) {
            left.push(context.timeoutMs() ?? Number.POSITIVE_INFINITY);
            await drainAll(echoClient(inner).echoStream((async function* () {})()));
            return {};
          },
        }),
      ],
    });
    const error = await failureOf(echoClient(await system.connect()).echo({}, { timeoutMs: 400 }));
    expect(error.code).toBe(Code.DeadlineExceeded);
    expect(left).toHaveLength(3);
    // The wire carries whole milliseconds, rounded up.
    expect(left.every((ms, n) => ms <= 400 && ms > 100 && ms <= (left[n - 1] ?? 400) + 1)).toBe(true);
    await until('the innermost heard of it', () => innerHeard.length === 1);
  });

  it('is cancelled with it', async () => {
    const inner = await system.connect();
    const innerHeard: unknown[] = [];
    await inner.serve({
      name: 'inner',
      version: '1.0.0',
      services: [
        implement(EchoService, {
          ...stubborn(innerHeard),
          async *echoStream() {
            for await (const { payload } of echoClient(inner).generate({})) yield { payload };
          },
        }),
      ],
    });
    const controller = new AbortController();
    const error = await failureOf(
      (async () => {
        const outer = echoClient(await system.connect()).echoStream((async function* () {})(), {
          signal: controller.signal,
        });
        for await (const _ of outer) controller.abort();
      })(),
    );
    expect(error.code).toBe(Code.Canceled);
    await until('the innermost heard of it', () => innerHeard.length === 1);
  });

  it('is cancelled when the handler ends without reading it to its end', async () => {
    const inner = await system.connect();
    const innerHeard: unknown[] = [];
    await inner.serve({
      name: 'inner',
      version: '1.0.0',
      services: [
        implement(EchoService, {
          ...stubborn(innerHeard),
          async *echoStream() {
            for await (const { payload } of echoClient(inner).generate({})) {
              yield { payload };
              return;
            }
          },
        }),
      ],
    });
    const count = await drainAll(echoClient(await system.connect()).echoStream((async function* () {})()));
    expect(count).toBe(1);
    await until('the innermost heard of it', () => innerHeard.length === 1);
  });
});

describe('nobody listening', () => {
  it('to the failure of a stream leaves nothing unhandled', async () => {
    await serve({
      async *generate() {
        yield {};
        throw new ConnectError('no', Code.Aborted);
      },
      async collect() {
        throw new ConnectError('no', Code.Aborted);
      },
    });
    const client = echoClient(await system.connect());
    // Begun, one message taken, never read again.
    const iterator = client.generate({})[Symbol.asyncIterator]();
    await iterator.next();
    // Input that fails after the call has.
    const failed = gate();
    async function* input() {
      yield {};
      await failed.opened;
      throw new Error('too late');
    }
    expect((await failureOf(client.collect(input()))).code).toBe(Code.Aborted);
    failed.open();
    await client.generate({})[Symbol.asyncIterator]().next();
  });

  it('when the caller drains with streams open', async () => {
    const heard: unknown[] = [];
    await serve(stubborn(heard));
    const caller = await system.connect();
    const controller = new AbortController();
    const failure = failureOf(drainAll(echoClient(caller).generate({}, { signal: controller.signal })));
    await until('the stream is open', () => heard.length === 0);
    const drained = caller.drain();
    controller.abort();
    expect((await failure).code).toBe(Code.Canceled);
    await drained;
  });
});
