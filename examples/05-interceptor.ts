// Interceptors are Connect's: one may see, change or refuse a call, on the caller's side and on the worker's.
import { connect, implement } from '@busline/bus';
import { GreetService } from '@busline/schemas/greet/v1/greet';
import type { Interceptor } from '@connectrpc/connect';

const sign: Interceptor = (next) => (request) => {
  request.header.set('x-tenant', 'blue');
  return next(request);
};
const note: Interceptor = (next) => async (request) => {
  console.log(`${request.method.name} for ${request.header.get('x-tenant')}`);
  return await next(request);
};

await using bus = await connect();
const sayHello = ({ name }: { readonly name: string }) => ({ greeting: `Hello, ${name}!` });
const greeter = implement(GreetService, { sayHello }, { interceptors: [note] });
await bus.serve({ name: 'greeter', version: '1.0.0', services: [greeter] });

const client = bus.client(GreetService, { interceptors: [sign] });
console.log((await client.sayHello({ name: 'Ada' })).greeting);

// Prints:
// SayHello for blue
// Hello, Ada!
