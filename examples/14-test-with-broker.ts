// A test of what happens when the broker dies: a real one, on a free port of this machine.
import assert from 'node:assert/strict';
import { connect, implement } from '@busline/bus';
import { startNats } from '@busline/bus/testing';
import { GreetService } from '@busline/schemas/greet/v1/greet';

await using nats = await startNats();
await using bus = await connect({ servers: nats.url });
const sayHello = ({ name }: { readonly name: string }) => ({ greeting: `Hello, ${name}!` });
await bus.serve({ name: 'greeter', version: '1.0.0', services: [implement(GreetService, { sayHello })] });
const greet = () => bus.client(GreetService).sayHello({ name: 'Ada' });

const disconnected = new Promise<void>((resolve) =>
  bus.onStateChange((state) => state === 'disconnected' && resolve()),
);
nats.kill();
await disconnected;
await assert.rejects(greet(), /not connected to the broker/);

const connected = new Promise<void>((resolve) =>
  bus.onStateChange((state) => state === 'connected' && resolve()),
);
await nats.restart();
await connected;
assert.equal((await greet()).greeting, 'Hello, Ada!');
console.log('gone, and back');

// Prints:
// gone, and back
