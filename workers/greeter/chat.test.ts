import { type Bus, connect } from '@busline/bus';
import { startNats, type TestNats } from '@busline/bus/testing';
import { GreetService } from '@busline/schemas/greet/v1/greet';
import { type Client, Code, createClient } from '@connectrpc/connect';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { services } from './services.ts';

describe('chat', () => {
  let nats: TestNats;
  let buses: Bus[];
  let greeter: Client<typeof GreetService>;

  beforeAll(async () => {
    nats = await startNats();
    buses = await Promise.all([1, 2, 3].map(() => connect({ servers: nats.url })));
    for (const bus of buses.slice(0, 2)) {
      await bus.serve({ name: 'greeter', version: '1.0.0', services: services(bus) });
    }
    greeter = createClient(GreetService, buses[2]?.transport() ?? expect.fail('no caller'));
  });

  afterAll(async () => {
    await Promise.all((buses ?? []).map((bus) => bus.drain()));
    await nats?.stop();
  });

  it('greets each name before it hears the next, all from one instance', async () => {
    const heard: string[] = [];
    const instances = new Set<string>();
    let answered = Promise.withResolvers<void>();
    async function* names(): AsyncIterable<{ name: string }> {
      for (const name of ['Ada', 'Grace', 'Edsger']) {
        yield { name };
        await answered.promise;
        answered = Promise.withResolvers();
        heard.push(`answer to ${name}`);
      }
    }
    for await (const { greeting, instance } of greeter.chat(names())) {
      heard.push(greeting);
      instances.add(instance);
      answered.resolve();
    }

    expect(heard).toEqual([
      'Hello, Ada!',
      'answer to Ada',
      'Hello, Grace!',
      'answer to Grace',
      'Hello, Edsger!',
      'answer to Edsger',
    ]);
    expect(instances.size).toBe(1);
    expect(buses.map(({ instance }) => instance)).toContain([...instances][0]);
  });

  it('ends when there are no names', async () => {
    async function* nobody(): AsyncIterable<{ name: string }> {}
    const greetings: string[] = [];
    for await (const { greeting } of greeter.chat(nobody())) {
      greetings.push(greeting);
    }

    expect(greetings).toEqual([]);
  });

  it.each([{ name: '' }, { name: 'x'.repeat(101) }])(
    'ends with INVALID_ARGUMENT at a name outside of 1 to 100 characters',
    async (bad) => {
      async function* names(): AsyncIterable<{ name: string }> {
        yield { name: 'Ada' };
        yield bad;
      }
      const conversation = (async () => {
        for await (const { greeting } of greeter.chat(names())) {
          expect(greeting).toBe('Hello, Ada!');
        }
      })();

      await expect(conversation).rejects.toMatchObject({ code: Code.InvalidArgument });
    },
  );

  it('tells of the first name that is wrong', async () => {
    async function* names(): AsyncIterable<{ name: string }> {
      yield { name: '' };
      yield { name: 'x'.repeat(101) };
    }
    const conversation = (async () => {
      for await (const _ of greeter.chat(names())) expect.fail('nobody can be greeted');
    })();

    await expect(conversation).rejects.toThrow('name: must be at least 1 characters');
  });
});
