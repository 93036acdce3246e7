import { type Bus, connect } from '@busline/bus';
import { startNats, type TestNats } from '@busline/bus/testing';
import { GreetService } from '@busline/schemas/greet/v1/greet';
import { Code, createClient } from '@connectrpc/connect';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { services } from './services.ts';

describe('greeter', () => {
  let nats: TestNats;
  let bus: Bus;

  beforeAll(async () => {
    nats = await startNats();
    bus = await connect({ servers: nats.url });
    await bus.serve({ name: 'greeter', version: '1.0.0', services: services(bus) });
  });

  afterAll(async () => {
    await bus?.drain();
    await nats?.stop();
  });

  it('greets by name and tells which instance did', async () => {
    const client = createClient(GreetService, bus.transport());

    expect(await client.sayHello({ name: 'Ada' })).toMatchObject({
      greeting: 'Hello, Ada!',
      instance: bus.instance,
    });
  });

  it.each([{ name: '' }, { name: 'x'.repeat(101) }])(
    'refuses a name outside of 1 to 100 characters',
    async ({ name }) => {
      const client = createClient(GreetService, bus.transport());

      await expect(client.sayHello({ name })).rejects.toMatchObject({ code: Code.InvalidArgument });
    },
  );
});
