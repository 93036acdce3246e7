import { GreetService } from '@busline/schemas/greet/v1/greet';
import { OrderService } from '@busline/schemas/orders/v1/orders';
import type { ServiceImpl } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { implement } from './implement.ts';

type Greet = ServiceImpl<typeof GreetService>;

const call = (binding: ReturnType<typeof implement>, request: object): unknown =>
  binding.handler(GreetService.method.sayHello)?.(request as never, {} as never);

describe('implement()', () => {
  it('ties a handler to its method, and knows which methods have none', () => {
    const binding = implement(OrderService, { getOrder: () => ({}) });
    const served = OrderService.methods.filter((method) => binding.handler(method) !== undefined);
    expect(served.map(({ name }) => name)).toEqual(['GetOrder']);
    expect(binding.service).toBe(OrderService);
  });

  it('calls a handler on the object it belongs to', () => {
    class Greeter {
      readonly greeting = 'Hi';
      readonly #suffix = '!';
      sayHello(request: { name: string }) {
        return { greeting: `${this.greeting}, ${request.name}${this.#suffix}` };
      }
    }
    expect(call(implement(GreetService, new Greeter()), { name: 'Ada' })).toEqual({ greeting: 'Hi, Ada!' });
  });

  it('takes the options of the service', () => {
    expect(implement(GreetService, {}, { maxConcurrency: 7 }).options).toMatchObject({
      maxConcurrency: 7,
      queueGroup: 'q',
    });
    expect(() => implement(GreetService, {}, { maxConcurrency: 0 })).toThrow(
      /greet.v1.GreetService: maxConc/,
    );
  });

  it.each([
    ['a misspelled method', { sayHallo: () => ({}) }, 'greet.v1.GreetService has no method "sayHallo"'],
    ['the name of the contract', { SayHello: () => ({}) }, 'greet.v1.GreetService has no method "SayHello"'],
    ['something that is no function', { sayHello: 5 }, 'greet.v1.GreetService: sayHello must be a function'],
  ])('refuses %s', (_, implementation, message) => {
    expect(() => implement(GreetService, implementation as unknown as Partial<Greet>)).toThrow(
      new TypeError(message),
    );
  });
});
