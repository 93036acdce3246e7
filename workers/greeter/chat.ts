import type { GreetService } from '@busline/schemas/greet/v1/greet';
import type { MethodImpl } from '@connectrpc/connect';

/** Greets each name of a conversation as it comes. */
export function chat(instance: string): MethodImpl<typeof GreetService.method.chat> {
  return async function* (requests) {
    for await (const { name } of requests) {
      yield { greeting: `Hello, ${name}!`, instance };
    }
  };
}
