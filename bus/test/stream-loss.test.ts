import { type Bus, callFate, faultReason, implement } from '@busline/bus';
import { EchoService } from '@busline/schemas/busline/bench/v1/bench';
import { Code, type ConnectError } from '@connectrpc/connect';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  anOrder,
  echoClient,
  failureOf,
  gate,
  greetClient,
  orderClient,
  type System,
  startSystem,
  until,
} from './system.ts';

// A worker in a process of its own, or the broker, goes away while a hundred streams and a hundred slow unary calls
// are open: every one of them fails with an error of the bus, soon.
let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterEach(() => system.reset());
afterAll(() => system.close());

/** What became of a call: its error, and when. */
interface Failure {
  readonly error: ConnectError;
  readonly atMs: number;
}

/** Opens 100 streams of the three kinds and 100 unary calls; resolves when the worker holds them all. */
async function openCalls(bus: Bus): Promise<{ failures: Promise<Failure[]>; letGo: () => void }> {
  const hold = gate();
  let open = 0;
  async function* input() {
    yield {};
    await hold.opened;
  }
  const echo = echoClient(bus);
  const streams = [
    // Its reader has taken one message and waits: the worker stands at the window.
    async () => {
      for await (const _ of echo.generate({ count: 1_000_000n, payloadBytes: 1_000 })) {
        open++;
        await hold.opened;
      }
    },
    async () => {
      for await (const _ of echo.echoStream(input())) open++;
    },
    async () => {
      open++;
      await echo.collect(input());
    },
    async () => {
      for await (const _ of echo.echoStream(input())) open++;
    },
  ];
  const unary = [
    () => greetClient(bus).sayHello({ name: 'Ada' }, { timeoutMs: 30_000 }),
    () => orderClient(bus).placeOrder(anOrder, { timeoutMs: 30_000 }),
  ];
  const timed = async (call: Promise<unknown>): Promise<Failure> => ({
    error: await failureOf(call),
    atMs: performance.now(),
  });
  const failures = Promise.all([
    ...Array.from({ length: 100 }, (_, n) => timed((streams[n % 4] as () => Promise<unknown>)())),
    ...Array.from({ length: 100 }, (_, n) => timed((unary[n % 2] as () => Promise<unknown>)())),
  ]);
  await until('the streams are open', () => open === 100);
  // What the worker answers now it has read after all that was sent before.
  await echo.echo({});
  return { failures, letGo: hold.open };
}

describe('100 streams and 100 slow unary calls', () => {
  it('fail within a second of the SIGKILL of their worker, and say that they may have run', async () => {
    const worker = await system.fork({ WORK_MS: '60000' });
    const { failures, letGo } = await openCalls(await system.connect());
    const killedAtMs = performance.now();
    worker.kill('SIGKILL');
    // The readers that stood still go on, into the error.
    letGo();
    const all = await failures;
    expect(Math.max(...all.map(({ atMs }) => atMs)) - killedAtMs).toBeLessThan(1_000);
    expect(new Set(all.map(({ error }) => error.code))).toEqual(new Set([Code.Unavailable]));
    expect(new Set(all.map(({ error }) => callFate(error)))).toEqual(new Set(['may-have-run']));
    // Nobody else serves what may be tried again.
    expect(
      all.every(({ error }) => ['WORKER_LOST', 'NO_RESPONDERS'].includes(String(faultReason(error)))),
    ).toBe(true);
    expect(all.slice(0, 100).map(({ error }) => faultReason(error))).toEqual(Array(100).fill('WORKER_LOST'));
  });

  it('of two workers: only those of the one that is killed', async () => {
    const doomed = await system.fork();
    await system.fork();
    const caller = await system.connect();
    const hold = gate();
    async function* input() {
      yield {};
      await hold.opened;
      yield {};
    }
    let open = 0;
    const talk = async (): Promise<number> => {
      let received = 0;
      for await (const _ of echoClient(caller).echoStream(input())) if (received++ === 0) open++;
      return received;
    };
    const calls = Array.from({ length: 100 }, () => talk().catch((error: unknown) => faultReason(error)));
    await until('the streams are open', () => open === 100);
    doomed.kill('SIGKILL');
    const lost = await Promise.race(calls);
    hold.open();
    const outcomes = await Promise.all(calls);
    expect(lost).toBe('WORKER_LOST');
    expect(new Set(outcomes)).toEqual(new Set(['WORKER_LOST', 2]));
  });

  it('fail at once when the broker restarts, and new ones work after the reconnect', async () => {
    const own = await startSystem();
    try {
      await own.fork({ WORK_MS: '60000' });
      const caller = await own.connect();
      const { failures, letGo } = await openCalls(caller);
      const killedAtMs = performance.now();
      own.nats.kill();
      letGo();
      const all = await failures;
      expect(Math.max(...all.map(({ atMs }) => atMs)) - killedAtMs).toBeLessThan(1_000);
      expect(new Set(all.map(({ error }) => faultReason(error)))).toEqual(new Set(['DISCONNECTED']));
      await own.nats.restart();
      await until('both sides are back', () => caller.state === 'connected', 15_000);
      const client = echoClient(caller);
      await until(
        'the worker is back',
        () =>
          client.echo({}, { timeoutMs: 500 }).then(
            () => true,
            () => false,
          ),
        15_000,
      );
      async function* input() {
        for (let n = 0; n < 20; n++) yield { payload: new Uint8Array(100_000) };
      }
      expect((await client.collect(input())).count).toBe(20n);
      let received = 0;
      for await (const { payload } of client.echoStream(input())) received += payload.length;
      expect(received).toBe(2_000_000);
    } finally {
      await own.close();
    }
  });
});

describe('a slow reader', () => {
  it('gets all that has arrived, though the worker, or the connection, has gone since', async () => {
    const own = await startSystem();
    try {
      const count = 60_000;
      const begin = async () => {
        const server = await own.connect();
        const worker = await server.serve({
          name: 'echo',
          version: '1.0.0',
          services: [
            implement(EchoService, {
              async *generate() {
                for (let n = 0; n < count; n++) yield { payload: new Uint8Array(8).fill(n) };
              },
              echo: () => ({}),
            }),
          ],
        });
        const caller = await own.connect();
        const stream = echoClient(caller).generate({})[Symbol.asyncIterator]();
        await stream.next();
        // All of it is within the window.
        await until('the worker is done', () => worker.underWay === 0);
        // What the worker has sent before this reply has arrived before it: same connection, same receiver.
        await echoClient(caller).echo({});
        return { server, caller, stream };
      };
      const restOf = async (stream: AsyncIterator<{ payload: Uint8Array }>): Promise<number> => {
        let next = 1;
        for (let result = await stream.next(); result.done !== true; result = await stream.next()) {
          if (result.value.payload[0] !== (next & 0xff)) throw new Error(`message ${next} is another`);
          next++;
          // Slow enough for whatever the network still has to say.
          if (next % 1_000 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
        }
        return next;
      };
      const first = await begin();
      expect(await restOf(first.stream)).toBe(count);
      const second = await begin();
      await Promise.all([first.server.drain(), second.server.drain()]);
      expect(await restOf(second.stream)).toBe(count);
      const third = await begin();
      own.nats.kill();
      await until('the connection is seen to be broken', () => third.caller.state === 'disconnected');
      await new Promise((resolve) => setImmediate(resolve));
      expect(await restOf(third.stream)).toBe(count);
      await own.nats.restart();
      const left = [first.caller, second.caller, third.caller, third.server];
      await until('they are back', () => left.every(({ state }) => state === 'connected'), 15_000);
    } finally {
      await own.close();
    }
  });
});
