import { setTimeout as delay } from 'node:timers/promises';
import { callFate, faultReason } from '@busline/bus';
import { Code } from '@connectrpc/connect';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  anOrder,
  failureOf,
  gate,
  greetClient,
  orderClient,
  type System,
  serveGreeter,
  serveOrders,
  startSystem,
  until,
} from './system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterEach(() => system.reset());
afterAll(() => system.close());

describe('deadlines', () => {
  it('end a call and reach the handler as its signal', async () => {
    const server = await system.connect();
    const aborted = gate();
    await serveGreeter(server, async (_, context) => {
      context.signal.addEventListener('abort', () => aborted.open());
      await aborted.opened;
      return {};
    });
    const startedAtMs = performance.now();
    const error = await failureOf(
      greetClient(await system.connect()).sayHello({ name: 'Ada' }, { timeoutMs: 150 }),
    );
    const tookMs = performance.now() - startedAtMs;
    expect(error.code).toBe(Code.DeadlineExceeded);
    expect(tookMs).toBeGreaterThanOrEqual(149);
    expect(tookMs).toBeLessThan(400);
    await aborted.opened;
  });

  it('shrink at each hop, and are never longer than the one above', async () => {
    const back = await system.connect();
    const left: number[] = [];
    await serveGreeter(back, (_, context) => {
      left.push(context.timeoutMs() ?? Number.NaN);
      return {};
    });
    const middle = await system.connect();
    await serveOrders(middle, async (_, context) => {
      left.push(context.timeoutMs() ?? Number.NaN);
      await delay(40);
      // Asks for a minute; gets what its own caller left it.
      await greetClient(middle).sayHello({ name: 'Ada' }, { timeoutMs: 60_000 });
      return {};
    });
    await orderClient(await system.connect()).placeOrder(anOrder, { timeoutMs: 2_000 });
    expect(left[0]).toBeLessThanOrEqual(2_000);
    expect(left[0]).toBeGreaterThan(1_500);
    // A timer may fire a fraction of a millisecond early.
    expect(left[1]).toBeLessThanOrEqual((left[0] as number) - 39);
    expect(left[1]).toBeGreaterThan(1_000);
  });

  it('always exist: a call that names none has the default of the bus', async () => {
    const server = await system.connect();
    const left: number[] = [];
    await serveGreeter(server, (_, context) => {
      left.push(context.timeoutMs() ?? Number.NaN);
      return {};
    });
    await greetClient(await system.connect()).sayHello({ name: 'Ada' });
    await greetClient(await system.connect({ timeoutMs: 700 })).sayHello({ name: 'Ada' });
    expect(left[0]).toBeGreaterThan(9_000);
    expect(left[0]).toBeLessThanOrEqual(10_000);
    expect(left[1]).toBeLessThanOrEqual(700);
  });

  it('drop work that expired while it waited, unrun', async () => {
    const server = await system.connect();
    const hold = gate();
    const ran: string[] = [];
    const worker = await serveGreeter(
      server,
      async ({ name }) => {
        ran.push(name);
        await hold.opened;
        return {};
      },
      { maxConcurrency: 1 },
    );
    const client = greetClient(await system.connect());
    const first = client.sayHello({ name: 'first' }, { timeoutMs: 5_000 });
    await until('the first call runs', () => ran.length === 1);
    const error = await failureOf(client.sayHello({ name: 'second' }, { timeoutMs: 100 }));
    expect(error.code).toBe(Code.DeadlineExceeded);
    await until('the worker dropped it', () => worker.underWay === 1);
    hold.open();
    await first;
    expect((await client.sayHello({ name: 'third' })).greeting).toBe('');
    expect(ran).toEqual(['first', 'third']);
  });
});

describe('cancellation', () => {
  it('reaches the handler of a unary call, and the calls that handler made', async () => {
    const back = await system.connect();
    const cancelled: string[] = [];
    const started = gate();
    await serveGreeter(back, (_, context) => {
      started.open();
      return new Promise((resolve) => {
        context.signal.addEventListener('abort', () => {
          cancelled.push('greeter');
          resolve({});
        });
      });
    });
    const middle = await system.connect();
    await serveOrders(middle, async (_, context) => {
      context.signal.addEventListener('abort', () => cancelled.push('orders'));
      await greetClient(middle).sayHello({ name: 'Ada' });
      return {};
    });
    const controller = new AbortController();
    const call = orderClient(await system.connect()).placeOrder(anOrder, { signal: controller.signal });
    await started.opened;
    controller.abort();
    const error = await failureOf(call);
    expect(error.code).toBe(Code.Canceled);
    expect(faultReason(error)).toBe('CANCELLED');
    await until('both handlers hear of it', () => cancelled.length === 2);
    expect(cancelled.sort()).toEqual(['greeter', 'orders']);
  });

  it('of a call that has not been sent yet sends nothing', async () => {
    const error = await failureOf(
      greetClient(await system.connect()).sayHello({ name: 'Ada' }, { signal: AbortSignal.abort() }),
    );
    expect(error.code).toBe(Code.Canceled);
    expect(callFate(error)).toBe('never-started');
  });

  it('of a call that waits in the queue takes it out unrun', async () => {
    const server = await system.connect();
    const hold = gate();
    const ran: string[] = [];
    const worker = await serveGreeter(
      server,
      async ({ name }) => {
        ran.push(name);
        await hold.opened;
        return {};
      },
      { maxConcurrency: 1 },
    );
    const client = greetClient(await system.connect());
    const first = client.sayHello({ name: 'first' });
    await until('the first call runs', () => ran.length === 1);
    const controller = new AbortController();
    const second = failureOf(client.sayHello({ name: 'second' }, { signal: controller.signal }));
    await until('the second call waits', () => worker.underWay === 2);
    controller.abort();
    expect((await second).code).toBe(Code.Canceled);
    await until('the worker let it go', () => worker.underWay === 1);
    hold.open();
    await first;
    expect(ran).toEqual(['first']);
  });

  it('aborts the signal of a handler that is done, for what it left running', async () => {
    const server = await system.connect();
    let signal: AbortSignal | undefined;
    await serveGreeter(server, (_, context) => {
      signal = context.signal;
      return {};
    });
    await greetClient(await system.connect()).sayHello({ name: 'Ada' });
    await until('the signal aborts', () => signal?.aborted === true);
  });
});
