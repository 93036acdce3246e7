import { callFate, faultReason } from '@busline/bus';
import { Code } from '@connectrpc/connect';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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
beforeEach(async () => {
  system = await startSystem();
});
afterEach(() => system.close());

describe('a broker that goes away', () => {
  it('fails what is under way at once, refuses new calls at once, and is found again', async () => {
    const server = await system.connect();
    const hold = gate();
    await serveOrders(server, async () => {
      await hold.opened;
      return { orderId: 'made' };
    });
    const caller = await system.connect();
    const states: string[] = [];
    caller.onStateChange((state) => states.push(state));
    const client = orderClient(caller);
    const underWay = failureOf(client.placeOrder(anOrder));
    await until('the connection is up', () => caller.state === 'connected');
    const killedAtMs = performance.now();
    system.nats.kill();
    const broken = await underWay;
    expect(performance.now() - killedAtMs).toBeLessThan(1_000);
    expect(broken.code).toBe(Code.Unavailable);
    expect(faultReason(broken)).toBe('DISCONNECTED');
    expect(callFate(broken)).toBe('may-have-run');

    const refusedAtMs = performance.now();
    const refused = await failureOf(client.placeOrder(anOrder));
    expect(performance.now() - refusedAtMs).toBeLessThan(100);
    expect(faultReason(refused)).toBe('DISCONNECTED');
    expect(callFate(refused)).toBe('never-started');

    hold.open();
    await system.nats.restart();
    await until('both are back', () => caller.state === 'connected' && server.state === 'connected');
    expect((await client.placeOrder(anOrder)).orderId).toBe('made');
    expect(states).toEqual(['disconnected', 'connected']);
  });

  it('is told again what services there are when it comes back without its data', async () => {
    const server = await system.connect();
    await serveGreeter(server, () => ({}));
    const watcher = await system.connect();
    const seen: string[][] = [];
    await watcher.watchCatalog(({ services }) => seen.push([...services.keys()]));
    expect(seen.at(-1)).toEqual(['greet.v1.GreetService']);
    await system.nats.restart();
    await until('the watcher has looked again', () => seen.length >= 2 && watcher.state === 'connected');
    await serveOrders(await system.connect(), () => ({}));
    await until('a service announced after the restart is seen', () => seen.at(-1)?.length === 2);
  });

  it('leaves the memory bounded while it is frozen: calls beyond the limit are refused', async () => {
    const server = await system.connect();
    await serveGreeter(server, () => ({ greeting: 'fine' }));
    const caller = await system.connect({ maxBytesInFlight: 8 * 1024 * 1024, timeoutMs: 1_500 });
    const body = new Uint8Array(256 * 1024);
    const call = () =>
      caller.callUnary({ service: 'greet.v1.GreetService', method: 'SayHello', idempotent: true, body });
    const client = greetClient(caller);
    await client.sayHello({ name: 'warm' });
    system.nats.pause();
    const failures = await Promise.all(Array.from({ length: 4_000 }, () => failureOf(call())));
    const reasons = new Map<string | undefined, number>();
    for (const error of failures) reasons.set(faultReason(error), (reasons.get(faultReason(error)) ?? 0) + 1);
    // 31 requests of a quarter of a MiB, with their heads, fit into 8 MiB.
    expect(reasons.get('TOO_MANY_CALLS')).toBe(4_000 - 31);
    expect(reasons.get('DEADLINE')).toBe(31);
    system.nats.resume();
    await until(
      'calls flow again',
      async () =>
        await client.sayHello({ name: 'Ada' }).then(
          () => true,
          () => false,
        ),
    );
  });

  it('that never was is named, with what to do, when connecting', async () => {
    const url = system.nats.url;
    system.nats.kill();
    const error = await failureOf(system.connect({ servers: url, connectTimeoutMs: 300 }));
    expect(error.code).toBe(Code.Unavailable);
    expect(error.rawMessage).toContain(url);
    expect(error.rawMessage).toContain('within 300 ms');
    expect(error.rawMessage).toContain('NATS_URL');
    await system.nats.restart();
  });

  it('does not keep a process from leaving', async () => {
    const server = await system.connect();
    await serveGreeter(server, () => ({}));
    const caller = await system.connect();
    system.nats.kill();
    await until(
      'both have noticed',
      () => caller.state === 'disconnected' && server.state === 'disconnected',
    );
    await Promise.all([caller.drain(), server.drain()]);
    expect([caller.state, server.state]).toEqual(['closed', 'closed']);
    await system.nats.restart();
  });
});
