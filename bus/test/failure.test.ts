import { callFate, faultReason } from '@busline/bus';
import { Code } from '@connectrpc/connect';
import { connect as dial } from '@nats-io/transport-node';
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
  silent,
  startSystem,
  until,
} from './system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterEach(() => system.reset());
afterAll(() => system.close());

describe('a failure is typed, at once, and the next call works', () => {
  it('no worker: UNAVAILABLE within a fraction of the deadline', async () => {
    const startedAtMs = performance.now();
    const error = await failureOf(orderClient(await system.connect()).placeOrder(anOrder));
    expect(performance.now() - startedAtMs).toBeLessThan(1_000);
    expect(error.code).toBe(Code.Unavailable);
    expect(faultReason(error)).toBe('NO_RESPONDERS');
    expect(callFate(error)).toBe('never-started');
    expect(error.rawMessage).toContain('orders.v1.OrderService/PlaceOrder');
  });

  it('a handler that throws: INTERNAL, its text kept in the log', async () => {
    const logged: string[] = [];
    const server = await system.connect({
      logger: { ...silent, error: (fields) => logged.push(String((fields as { err?: Error }).err?.message)) },
    });
    let secret: string | undefined = 'password hunter2';
    await serveGreeter(server, async () => {
      if (secret !== undefined) throw new Error(secret);
      return { greeting: 'fine' };
    });
    const client = greetClient(await system.connect());
    const error = await failureOf(client.sayHello({ name: 'Ada' }));
    expect(error.code).toBe(Code.Internal);
    expect(faultReason(error)).toBe('HANDLER_FAILED');
    expect(JSON.stringify([error.message, error.details])).not.toContain('hunter2');
    expect(logged).toEqual(['password hunter2']);
    secret = undefined;
    expect((await client.sayHello({ name: 'Ada' })).greeting).toBe('fine');
  });

  it('a handler that returns no message: INTERNAL', async () => {
    const server = await system.connect();
    await serveGreeter(server, (() => undefined) as never);
    const error = await failureOf(greetClient(await system.connect()).sayHello({ name: 'Ada' }));
    expect(error.code).toBe(Code.Internal);
    expect(faultReason(error)).toBe('BAD_RESPONSE');
  });

  it('a callback that throws on the connection: everything else on it goes on', async () => {
    const server = await system.connect();
    await serveGreeter(server, () => ({ greeting: 'fine' }));
    const stranger = await dial({ servers: system.nats.url });
    // A reply subject that cannot be published to makes the worker's own callback throw.
    const errors: unknown[] = [];
    const throwing = await system.connect({ logger: { ...silent, error: (fields) => errors.push(fields) } });
    throwing.onStateChange(() => {
      throw new Error('a listener that throws');
    });
    stranger.publish(`rpc.i.${server.instance}.cancel`, 'no such call\n\n');
    stranger.publish('rpc.b.greet.v1.GreetService.who', new Uint8Array([0xff, 0xfe]), { reply: 'nobody' });
    await stranger.flush();
    expect((await greetClient(await system.connect()).sayHello({ name: 'Ada' })).greeting).toBe('fine');
    await stranger.close();
  });

  it('too many calls under way: RESOURCE_EXHAUSTED at once', async () => {
    const server = await system.connect();
    const hold = gate();
    await serveOrders(server, async () => {
      await hold.opened;
      return {};
    });
    const client = orderClient(await system.connect({ maxCallsInFlight: 2 }));
    const calls = [client.placeOrder(anOrder), client.placeOrder(anOrder)];
    const error = await failureOf(client.placeOrder(anOrder));
    expect(error.code).toBe(Code.ResourceExhausted);
    expect(faultReason(error)).toBe('TOO_MANY_CALLS');
    hold.open();
    await Promise.all(calls);
    await client.placeOrder(anOrder);
  });

  it('a blocked event loop: its callers meet their deadline, the patient ones their reply', async () => {
    const child = await system.fork();
    const bus = await system.connect();
    const client = greetClient(bus);
    await client.sayHello({ name: 'warm' });
    const blocked = client.sayHello({ name: 'block 4000' });
    const impatient = await failureOf(client.sayHello({ name: 'quick' }, { timeoutMs: 300 }));
    expect(impatient.code).toBe(Code.DeadlineExceeded);
    expect((await blocked).greeting).toBe('Hello, block 4000!');
    expect((await client.sayHello({ name: 'after' })).greeting).toBe('Hello, after!');
    child.kill('SIGKILL');
    await until(
      'the worker is gone',
      async () =>
        await client.sayHello({ name: 'x' }).then(
          () => false,
          () => true,
        ),
    );
  });
});
