import { type Bus, implement, type ServiceBinding } from '@busline/bus';
import { GreetService } from '@busline/schemas/greet/v1/greet';
import { chat } from './chat.ts';
import { sayHello } from './say-hello.ts';

/** What this worker serves. */
export function services(bus: Bus): ServiceBinding[] {
  const { instance } = bus;
  return [implement(GreetService, { sayHello: sayHello(instance), chat: chat(instance) })];
}
