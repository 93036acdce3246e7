// A worker and a caller, each with a bus of its own, as two processes would have.
import { connect, implement } from '@busline/bus';
import { GreetService } from '@busline/schemas/greet/v1/greet';

await using worker = await connect();
await worker.serve({
  name: 'greeter',
  version: '1.0.0',
  services: [implement(GreetService, { sayHello: ({ name }) => ({ greeting: `Hello, ${name}!` }) })],
});

await using caller = await connect();
const { greeting } = await caller.client(GreetService).sayHello({ name: 'Ada' });
console.log(greeting);

// Prints:
// Hello, Ada!
