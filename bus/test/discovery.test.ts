import { mergeStats } from '@busline/bus';
import { connect as dial, type Msg } from '@nats-io/transport-node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  anOrder,
  failureOf,
  greetClient,
  orderClient,
  type System,
  serveGreeter,
  serveOrders,
  startSystem,
} from './system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterEach(() => system.reset());
afterAll(() => system.close());

/** What a plain NATS client sees: every answer that comes within a moment. */
async function ask(subject: string): Promise<Record<string, unknown>[]> {
  const client = await dial({ servers: system.nats.url });
  const answers: Record<string, unknown>[] = [];
  for await (const message of await client.requestMany(subject, '', { strategy: 'stall', maxWait: 500 })) {
    answers.push((message as Msg).json());
  }
  await client.close();
  return answers;
}

describe('NATS micro (ADR-32)', () => {
  it('lists every service of every instance', async () => {
    const one = await system.connect();
    const two = await system.connect();
    await serveGreeter(one, () => ({}));
    await serveGreeter(two, () => ({}));
    await serveOrders(two, () => ({}));
    const answers = await ask('$SRV.PING');
    expect(answers.map(({ name, id }) => `${name} ${id}`).sort()).toEqual(
      [
        `greet-v1-GreetService ${one.instance}`,
        `greet-v1-GreetService ${two.instance}`,
        `orders-v1-OrderService ${two.instance}`,
      ].sort(),
    );
    expect(answers[0]).toMatchObject({ type: 'io.nats.micro.v1.ping_response', version: '1.0.0' });
    expect(await ask('$SRV.PING.greet-v1-GreetService')).toHaveLength(2);
    expect(await ask(`$SRV.PING.greet-v1-GreetService.${one.instance}`)).toHaveLength(1);
    await expect(ask('$SRV.PING.no-such-service')).rejects.toThrow('no responders');
  });

  it('is asked what was counted, by the bus too', async () => {
    const [one, two] = [await system.connect(), await system.connect()];
    await serveGreeter(one, () => ({}));
    await serveGreeter(two, () => ({}));
    const caller = await system.connect();
    for (let call = 0; call < 4; call++) await greetClient(caller).sayHello({ name: 'Ada' });
    const stats = await caller.stats('greet.v1.GreetService');
    expect(stats.map(({ instance }) => instance)).toEqual([one.instance, two.instance].sort());
    expect(mergeStats(stats)).toContainEqual(
      expect.objectContaining({ method: 'SayHello', instances: 2, requests: 4, errors: 0 }),
    );
    expect(await caller.stats()).toEqual(stats);
    expect(await caller.stats('no.such.Service')).toEqual([]);
  });

  it('describes endpoints by subject, queue group and types', async () => {
    const server = await system.connect();
    await serveGreeter(server, () => ({}));
    const [info] = await ask('$SRV.INFO.greet-v1-GreetService');
    expect(info).toMatchObject({
      type: 'io.nats.micro.v1.info_response',
      metadata: { 'busline.service': 'greet.v1.GreetService', 'busline.worker': 'greeter' },
      endpoints: [
        {
          name: 'SayHello',
          subject: 'rpc.u.greet.v1.GreetService.SayHello',
          queue_group: 'q',
          metadata: {
            'busline.kind': 'unary',
            'busline.input': 'greet.v1.SayHelloRequest',
            'busline.idempotency': 'NO_SIDE_EFFECTS',
          },
        },
      ],
    });
  });

  it('counts requests, errors, refusals and time as they were', async () => {
    const server = await system.connect();
    await serveGreeter(server, async ({ name }) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (name === 'bad') throw new Error('secret');
      return {};
    });
    const client = greetClient(await system.connect());
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => client.sayHello({ name })));
    await failureOf(client.sayHello({ name: 'bad' }));
    await failureOf(client.sayHello({ name: '' }));
    const [stats] = await ask('$SRV.STATS.greet-v1-GreetService');
    const [endpoint] = (stats as { endpoints: unknown }).endpoints as [Record<string, unknown>];
    expect(endpoint).toMatchObject({
      num_requests: 5,
      num_errors: 1,
      data: { refused: 1, running: 0, waiting: 0 },
    });
    expect(endpoint.average_processing_time as number).toBeGreaterThan(19e6);
    expect(endpoint.average_processing_time as number).toBeLessThan(200e6);
    expect(endpoint.processing_time as number).toBeGreaterThanOrEqual(5 * 19e6);
    const { histogram } = endpoint.data as { histogram: Record<string, number> };
    expect(Object.values(histogram).reduce((a, b) => a + b)).toBe(5);
    expect(JSON.stringify(stats)).not.toContain('secret');
  });

  it('a plain NATS request is answered too: the body is the bare message, an error is a micro error', async () => {
    const server = await system.connect();
    await serveGreeter(server, ({ name }) => ({ greeting: `Hello, ${name}!` }));
    const client = await dial({ servers: system.nats.url });
    const reply = await client.request(
      'rpc.u.greet.v1.GreetService.SayHello',
      Uint8Array.of(0x0a, 0x03, 0x41, 0x64, 0x61),
    );
    expect(reply.headers).toBeUndefined();
    expect(Buffer.from(reply.data.subarray(2)).toString()).toBe('Hello, Ada!');
    const refused = await client.request('rpc.u.greet.v1.GreetService.SayHello', Uint8Array.of(0xff));
    expect(refused.headers?.get('Nats-Service-Error-Code')).toBe('3');
    expect(refused.headers?.get('Nats-Service-Error')).toContain('greet.v1.SayHelloRequest');
    await client.close();
  });

  it('a worker of another make can serve: a bare reply, or a micro error with an HTTP code', async () => {
    const stranger = await dial({ servers: system.nats.url });
    stranger.subscribe('rpc.u.orders.v1.OrderService.PlaceOrder', {
      queue: 'q',
      callback: (_, message) => {
        message.respond(Uint8Array.of(0x0a, 0x01, 0x78));
      },
    });
    stranger.subscribe('rpc.u.orders.v1.OrderService.GetOrder', {
      queue: 'q',
      callback: (_, message) => {
        const headers = message.headers;
        headers?.set('Nats-Service-Error-Code', '404');
        headers?.set('Nats-Service-Error', 'no such order');
        message.respond(new Uint8Array(0), headers === undefined ? {} : { headers });
      },
    });
    await stranger.flush();
    const client = orderClient(await system.connect());
    expect((await client.placeOrder(anOrder)).orderId).toBe('x');
    const error = await failureOf(client.getOrder({ orderId: 'x' }));
    expect([error.code, error.rawMessage]).toEqual([5, 'no such order']);
    await stranger.close();
  });
});
