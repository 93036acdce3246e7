import { callFate, faultReason, retryAfterMs } from '@busline/bus';
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

describe('overload', () => {
  it('is refused at once, as never started, with pushback', async () => {
    const server = await system.connect();
    const hold = gate();
    const worker = await serveOrders(
      server,
      async () => {
        await hold.opened;
        return {};
      },
      { maxConcurrency: 1, maxQueue: 1, pushbackMs: 5_000 },
    );
    const client = orderClient(await system.connect());
    const accepted = [
      client.placeOrder(anOrder, { timeoutMs: 4_000 }),
      client.placeOrder(anOrder, { timeoutMs: 4_000 }),
    ];
    await until('two calls are accepted', () => worker.underWay === 2);
    const startedAtMs = performance.now();
    const error = await failureOf(client.placeOrder(anOrder, { timeoutMs: 4_000 }));
    expect(performance.now() - startedAtMs).toBeLessThan(1_000);
    expect(error.code).toBe(Code.ResourceExhausted);
    expect(faultReason(error)).toBe('OVERLOADED');
    expect(callFate(error)).toBe('never-started');
    expect(retryAfterMs(error)).toBe(5_000);
    hold.open();
    await Promise.all(accepted);
  });

  it('of a queue that stands still is refused by age', async () => {
    const server = await system.connect();
    const hold = gate();
    const worker = await serveOrders(
      server,
      async () => {
        await hold.opened;
        return {};
      },
      { maxConcurrency: 1, maxQueueMs: 100, pushbackMs: 60_000 },
    );
    const client = orderClient(await system.connect());
    const first = client.placeOrder(anOrder);
    await until('the first call runs', () => worker.underWay === 1);
    const error = await failureOf(client.placeOrder(anOrder));
    expect(faultReason(error)).toBe('OVERLOADED');
    expect(error.rawMessage).toMatch(/waited \d+ ms/);
    hold.open();
    await first;
  });

  it('at one worker is carried by the others: refused calls run elsewhere', async () => {
    const hold = gate();
    const small = await system.connect();
    let heldCalls = 0;
    await serveGreeter(
      small,
      async () => {
        heldCalls++;
        await hold.opened;
        return { greeting: 'stuck' };
      },
      { maxConcurrency: 1, maxQueue: 0, pushbackMs: 5 },
    );
    const large = await system.connect();
    await serveGreeter(large, () => ({ greeting: 'free' }));
    const client = greetClient(await system.connect());
    const calls = Array.from({ length: 60 }, () => client.sayHello({ name: 'Ada' }));
    const settled = Promise.allSettled(calls);
    await until('one call is stuck', () => heldCalls === 1);
    hold.open();
    const outcomes = await settled;
    expect(outcomes.filter(({ status }) => status === 'rejected').length).toBeLessThanOrEqual(6);
    expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThanOrEqual(54);
  });

  it('keeps to the limit of handlers that run at once', async () => {
    const server = await system.connect();
    let running = 0;
    let most = 0;
    await serveGreeter(
      server,
      async () => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
        return {};
      },
      { maxConcurrency: 7, maxQueue: 1_000 },
    );
    const client = greetClient(await system.connect());
    await Promise.all(Array.from({ length: 500 }, () => client.sayHello({ name: 'Ada' })));
    expect(most).toBe(7);
  });
});
