import { faultReason } from '@busline/bus';
import { connect as dial } from '@nats-io/transport-node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { failureOf, greetClient, type System, serveGreeter, startSystem, until } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterEach(() => system.reset());
afterAll(() => system.close());

/** Counts the messages on the subjects of the greeter, as an onlooker sees them. */
async function onlooker() {
  const client = await dial({ servers: system.nats.url });
  const seen = { alone: 0, bundled: 0, replies: 0 };
  client.subscribe('rpc.u.greet.v1.GreetService.>', { callback: () => void seen.alone++ });
  client.subscribe('rpc.m.greet.v1.GreetService.>', { callback: () => void seen.bundled++ });
  client.subscribe('_INBOX.*.b', { callback: () => void seen.replies++ });
  await client.flush();
  // Drained: what is on its way has been seen then, and the broker no longer takes the onlooker for a receiver.
  return { seen, close: () => client.drain() };
}

describe('bundles', () => {
  it('carry the calls of one turn, each with its own metadata, outcome and deadline', async () => {
    const server = await system.connect();
    await serveGreeter(server, ({ name }, context) => {
      if (name === 'bad') throw new RangeError('no');
      return {
        greeting: `${name} ${context.requestHeader.get('x-n')} ${(context.timeoutMs() ?? 0) > 10_000 ? 'long' : 'short'}`,
      };
    });
    const client = greetClient(await system.connect());
    await client.sayHello({ name: 'so that the instance is known' });
    await until('calls are bundled', async () => {
      const { seen, close } = await onlooker();
      const names = Array.from({ length: 40 }, (_, n) => (n === 7 ? 'bad' : `n${n}`));
      const outcomes = await Promise.allSettled(
        names.map((name, n) =>
          client.sayHello(
            { name },
            { headers: { 'x-n': String(n) }, timeoutMs: n % 2 === 0 ? 9_000 : 60_000 },
          ),
        ),
      );
      expect(outcomes.map((outcome) => outcome.status === 'fulfilled' && outcome.value.greeting)).toEqual(
        names.map((name, n) => name !== 'bad' && `${name} ${n} ${n % 2 === 0 ? 'short' : 'long'}`),
      );
      await close();
      return seen.bundled > 0 && seen.replies > 0 && seen.alone === 0;
    });
  });

  it('spare the workers of other makes: where one serves alone, calls travel alone', async () => {
    const stranger = await dial({ servers: system.nats.url });
    stranger.subscribe('rpc.u.greet.v1.GreetService.SayHello', {
      queue: 'q',
      callback: (_, message) => void message.respond(Uint8Array.of(0x0a, 0x01, 0x78)),
    });
    await stranger.flush();
    const { seen, close } = await onlooker();
    const client = greetClient(await system.connect());
    const replies = await Promise.all(Array.from({ length: 50 }, () => client.sayHello({ name: 'Ada' })));
    await Promise.all([close(), stranger.drain()]);
    expect(replies.every(({ greeting }) => greeting === 'x')).toBe(true);
    expect(seen).toEqual({ alone: 50, bundled: 0, replies: 0 });
  });

  it('that nobody takes any more go out again as single calls', async () => {
    const server = await system.connect();
    const worker = await serveGreeter(server, () => ({ greeting: 'ours' }));
    const client = greetClient(await system.connect());
    await client.sayHello({ name: 'Ada' });
    await until('the instance is known', async () => {
      const { seen, close } = await onlooker();
      await Promise.all([client.sayHello({ name: 'Ada' }), client.sayHello({ name: 'Ada' })]);
      await close();
      return seen.bundled === 1;
    });
    await worker.stop();
    const gone = await Promise.all(
      Array.from({ length: 5 }, () => failureOf(client.sayHello({ name: 'Ada' }))),
    );
    expect(gone.map(faultReason)).toEqual(Array.from({ length: 5 }, () => 'NO_RESPONDERS'));

    const again = await serveGreeter(server, () => ({ greeting: 'ours' }));
    await until(
      'the instance is known',
      async () => {
        const { seen, close } = await onlooker();
        await Promise.all([client.sayHello({ name: 'Ada' }), client.sayHello({ name: 'Ada' })]);
        await close();
        return seen.bundled === 1;
      },
      8_000,
    );
    await again.stop();
    const stranger = await dial({ servers: system.nats.url });
    stranger.subscribe('rpc.u.greet.v1.GreetService.SayHello', {
      queue: 'q',
      callback: (_, message) => void message.respond(Uint8Array.of(0x0a, 0x01, 0x78)),
    });
    await stranger.flush();
    const replies = await Promise.all(Array.from({ length: 5 }, () => client.sayHello({ name: 'Ada' })));
    expect(replies.map(({ greeting }) => greeting)).toEqual(['x', 'x', 'x', 'x', 'x']);
    await stranger.close();
  });

  it('that are malformed are dropped, and the next call works', async () => {
    const server = await system.connect();
    await serveGreeter(server, () => ({ greeting: 'fine' }));
    const stranger = await dial({ servers: system.nats.url });
    stranger.publish('rpc.m.greet.v1.GreetService.SayHello', new Uint8Array([1, 2, 3]), {
      reply: '_INBOX.bl1-x.m-1',
    });
    stranger.publish('rpc.m.greet.v1.GreetService.SayHello', new Uint8Array([1, 2, 3]));
    await stranger.flush();
    expect((await greetClient(await system.connect()).sayHello({ name: 'Ada' })).greeting).toBe('fine');
    await stranger.close();
  });
});
