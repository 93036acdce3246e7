import { startNats } from '@busline/bus/testing';
import { GreetService } from '@busline/schemas/greet/v1/greet';
import { createClient } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { connect, implement } from './index.ts';

describe('bus', () => {
  it('carries a typed unary call from a client to a worker and back', async () => {
    await using nats = await startNats();
    const server = await connect({ servers: nats.url });
    await server.serve({
      name: 'greeter',
      version: '1.0.0',
      services: [
        implement(GreetService, {
          sayHello: ({ name }) => ({ greeting: `Hello, ${name}!`, instance: server.instance }),
        }),
      ],
    });
    const caller = await connect({ servers: nats.url });
    const client = createClient(GreetService, caller.transport());
    const reply = await client.sayHello({ name: 'Ada' });
    expect(reply.greeting).toBe('Hello, Ada!');
    expect(reply.instance).toBe(server.instance);
    await caller.drain();
    await server.drain();
  });
});
