import { once } from 'node:events';
import { callFate, faultReason, implement } from '@busline/bus';
import { OrderService } from '@busline/schemas/orders/v1/orders';
import { Code } from '@connectrpc/connect';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { keepInFlight } from './load.ts';
import {
  anOrder,
  failureOf,
  gate,
  greetClient,
  orderClient,
  type System,
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

describe('a worker that leaves', () => {
  it('loses no call: SIGTERM to one of two under 50 calls in flight, again and again', {
    timeout: 60_000,
  }, async () => {
    let leaving = await system.fork({ WORK_MS: '20' });
    const client = orderClient(await system.connect());
    const load = keepInFlight(50, () => client.placeOrder(anOrder));
    for (let round = 0; round < 3; round++) {
      const next = await system.fork({ WORK_MS: '20' });
      const before = load.succeeded;
      await until('calls flow', () => load.succeeded > before + 50);
      leaving.kill('SIGTERM');
      const [code] = await once(leaving, 'exit');
      expect(code).toBe(0);
      leaving = next;
    }
    const { succeeded, errors } = await load.stop();
    expect(errors).toEqual([]);
    expect(succeeded).toBeGreaterThan(300);
  });

  it('is no worker for new calls while it finishes the old ones', async () => {
    const release = gate();
    const started = gate();
    const worker = await serveOrders(await system.connect(), async () => {
      started.open();
      await release.opened;
      return {};
    });
    const bus = await system.connect();
    const client = orderClient(bus);
    const old = client.placeOrder(anOrder);
    await started.opened;
    const left = worker.stop();
    // What reaches the broker before the worker's leave does is still the worker's.
    await until('the worker is out', async () => !(await bus.served(OrderService.typeName)));
    const error = await failureOf(client.placeOrder(anOrder, { timeoutMs: 5_000 }));
    expect([faultReason(error), error.code]).toEqual(['NO_RESPONDERS', Code.Unavailable]);
    expect(await bus.instances(OrderService)).toEqual([]);
    release.open();
    await old;
    await left;
  });

  it('answers what it cannot finish in its drain time, and tells the handlers', async () => {
    const server = await system.connect();
    const told = gate();
    const worker = await server.serve({
      name: 'orders',
      version: '1.0.0',
      drainTimeoutMs: 100,
      services: [
        implement(OrderService, {
          placeOrder: (_, context) =>
            new Promise(() => {
              context.signal.addEventListener('abort', () => told.open());
            }),
        }),
      ],
    });
    const call = failureOf(orderClient(await system.connect()).placeOrder(anOrder));
    await until('the call runs', () => worker.underWay === 1);
    await worker.stop();
    const error = await call;
    expect(error.code).toBe(Code.Unavailable);
    expect(faultReason(error)).toBe('DRAIN_TIMEOUT');
    await told.opened;
  });

  it('finishes the calls its handlers make, and those of its own process', async () => {
    const back = await system.connect();
    const hold = gate();
    await serveOrders(back, async () => {
      await hold.opened;
      return { orderId: 'made' };
    });
    const caller = await system.connect();
    const call = orderClient(caller).placeOrder(anOrder);
    await until('the call is under way', () => caller.state === 'connected');
    const drained = caller.drain();
    hold.open();
    expect((await call).orderId).toBe('made');
    await drained;
    expect(caller.state).toBe('closed');
    const late = await failureOf(orderClient(caller).placeOrder(anOrder));
    expect(faultReason(late)).toBe('DRAINING');
    expect(callFate(late)).toBe('never-started');
  });
});

describe('a worker that is killed', () => {
  it('costs idempotent calls nothing, and fails the others within a second, saying that they may have run', async () => {
    const doomed = await system.fork({ WORK_MS: '30' });
    await system.fork({ WORK_MS: '30' });
    const bus = await system.connect();
    const reads = keepInFlight(25, () => greetClient(bus).sayHello({ name: 'Ada' }));
    const failedAfterMs: number[] = [];
    const writes = keepInFlight(25, async () => {
      const startedAtMs = performance.now();
      try {
        await orderClient(bus).placeOrder(anOrder);
      } catch (error) {
        failedAfterMs.push(performance.now() - startedAtMs);
        throw error;
      }
    });
    await until('calls flow', () => reads.succeeded > 50 && writes.succeeded > 50);
    doomed.kill('SIGKILL');
    await until('the loss is noticed', () => writes.failed > 0);
    const before = reads.succeeded + writes.succeeded;
    await until('calls flow again', () => reads.succeeded + writes.succeeded > before + 200);
    const [read, written] = [await reads.stop(), await writes.stop()];
    expect(read.errors).toEqual([]);
    expect(written.errors.length).toBeGreaterThan(0);
    for (const error of written.errors) {
      expect(faultReason(error)).toBe('WORKER_LOST');
      expect(callFate(error)).toBe('may-have-run');
    }
    expect(Math.max(...failedAfterMs)).toBeLessThan(1_000);
  });

  it('fails a call that had its receipt, naming the instance', async () => {
    const doomed = await system.fork({ WORK_MS: '60000' });
    const client = orderClient(await system.connect());
    const startedAtMs = performance.now();
    const call = failureOf(client.placeOrder(anOrder));
    await new Promise((resolve) => setTimeout(resolve, 300));
    doomed.kill('SIGKILL');
    const error = await call;
    expect(performance.now() - startedAtMs).toBeLessThan(1_300);
    expect(faultReason(error)).toBe('WORKER_LOST');
    expect(error.rawMessage).toMatch(/its worker [0-9a-f]{16} is gone/);
  });

  it('but a frozen worker is not a lost one: its calls wait for it', async () => {
    const frozen = await system.fork({ WORK_MS: '100' });
    const client = orderClient(await system.connect());
    await client.placeOrder(anOrder);
    const call = client.placeOrder(anOrder);
    frozen.kill('SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    frozen.kill('SIGCONT');
    expect((await call).orderId).toBe('made');
  });
});
