import { type Bus, implement, type ServiceBinding } from '@busline/bus';
import { GreetService } from '@busline/schemas/greet/v1/greet';
import { sayHello } from './say-hello.ts';

/** What this worker serves. */
export function services(bus: Bus): ServiceBinding[] {
  return [implement(GreetService, { sayHello: sayHello(bus.instance) })];
}
