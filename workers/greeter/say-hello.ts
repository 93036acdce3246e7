import type { GreetService } from '@busline/schemas/greet/v1/greet';
import type { MethodImpl } from '@connectrpc/connect';

/** Greets by name, and tells which instance of the worker did. */
export function sayHello(instance: string): MethodImpl<typeof GreetService.method.sayHello> {
  return ({ name }) => ({ greeting: `Hello, ${name}!`, instance });
}
