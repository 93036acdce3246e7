import { faultReason, implement } from '@busline/bus';
import { EchoService } from '@busline/schemas/busline/bench/v1/bench';
import { GreetService } from '@busline/schemas/greet/v1/greet';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { failureOf, type System, serveGreeter, startSystem, until } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterEach(() => system.reset());
afterAll(() => system.close());

async function threeGreeters() {
  const servers = [await system.connect(), await system.connect(), await system.connect()];
  const workers = await Promise.all(
    servers.map((server) => serveGreeter(server, () => ({ instance: server.instance }))),
  );
  return { servers, workers, ids: servers.map(({ instance }) => instance) };
}

describe('a call to one instance', () => {
  it('reaches that instance, each time', async () => {
    const { ids } = await threeGreeters();
    const caller = await system.connect();
    for (const id of ids) {
      const client = createClient(GreetService, caller.transport({ instance: id }));
      const replies = await Promise.all(Array.from({ length: 20 }, () => client.sayHello({ name: 'Ada' })));
      expect(new Set(replies.map(({ instance }) => instance))).toEqual(new Set([id]));
    }
  });

  it('may be a stream', async () => {
    const servers = [await system.connect(), await system.connect()];
    for (const server of servers) {
      await server.serve({
        name: 'echo',
        version: '1.0.0',
        services: [
          implement(EchoService, {
            async *generate() {
              yield { payload: new TextEncoder().encode(server.instance) };
            },
          }),
        ],
      });
    }
    const id = servers[1]?.instance as string;
    const client = createClient(EchoService, (await system.connect()).transport({ instance: id }));
    for await (const { payload } of client.generate({})) expect(new TextDecoder().decode(payload)).toBe(id);
  });

  it('fails at once when that instance is gone, or serves something else', async () => {
    const { workers, ids } = await threeGreeters();
    const caller = await system.connect();
    const call = (instance: string) =>
      failureOf(createClient(GreetService, caller.transport({ instance })).sayHello({ name: 'Ada' }));
    expect(faultReason(await call('0000000000000000'))).toBe('NO_RESPONDERS');
    await workers[0]?.stop();
    expect(faultReason(await call(ids[0] as string))).toBe('NO_RESPONDERS');
    expect(() => caller.transport({ instance: 'a.b' })).toThrow(TypeError);
  });
});

describe('a call to all instances', () => {
  it('has the answer of each', async () => {
    const { ids } = await threeGreeters();
    const caller = await system.connect();
    expect([...(await caller.instances(GreetService))].sort()).toEqual([...ids].sort());
    const gathered = await caller.gather(GreetService.method.sayHello, { name: 'Ada' });
    expect(gathered.map(({ instance, message }) => [instance, message?.instance]).sort()).toEqual(
      ids.map((id) => [id, id]).sort(),
    );
  });

  it('has the error of those that fail or are late', async () => {
    const good = await system.connect();
    await serveGreeter(good, () => ({ greeting: 'fine' }));
    const bad = await system.connect();
    await serveGreeter(bad, () => {
      throw new ConnectError('not me', Code.FailedPrecondition);
    });
    const slow = await system.connect();
    await serveGreeter(
      slow,
      (_, context) => new Promise((resolve) => context.signal.addEventListener('abort', () => resolve({}))),
    );
    const gathered = await (await system.connect()).gather(
      GreetService.method.sayHello,
      { name: 'Ada' },
      { timeoutMs: 300 },
    );
    const byInstance = new Map(gathered.map((one) => [one.instance, one]));
    expect(byInstance.get(good.instance)?.message?.greeting).toBe('fine');
    expect(byInstance.get(bad.instance)?.error?.code).toBe(Code.FailedPrecondition);
    expect(byInstance.get(slow.instance)?.error?.code).toBe(Code.DeadlineExceeded);
  });

  it('fails when there is none', async () => {
    const error = await failureOf(
      (await system.connect()).gather(GreetService.method.sayHello, { name: 'Ada' }),
    );
    expect(faultReason(error)).toBe('NO_RESPONDERS');
  });
});

describe('a call that wants no answer', () => {
  it('is run by one instance, and what its handler throws hurts nobody', async () => {
    const ran: string[] = [];
    for (let n = 0; n < 2; n++) {
      await serveGreeter(await system.connect(), ({ name }) => {
        ran.push(name);
        if (name === 'bad') throw new Error('no');
        return {};
      });
    }
    const caller = await system.connect();
    for (const name of ['a', 'bad', 'b']) caller.notify(GreetService.method.sayHello, { name });
    await until('each has run once', () => ran.length === 3);
    expect(ran.sort()).toEqual(['a', 'b', 'bad']);
    expect(caller.notify(GreetService.method.sayHello, { name: 'nobody minds' })).toBeUndefined();
  });
});
