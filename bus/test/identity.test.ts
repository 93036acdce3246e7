import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  type Bus,
  detached,
  enforcePolicy,
  faultReason,
  type Identity,
  identity,
  identityKey,
  implement,
} from '@busline/bus';
import { GreetService, SayHelloRequestSchema, SayHelloResponseSchema } from '@busline/schemas/greet/v1/greet';
import { OrderSchema, OrderService, PlaceOrderRequestSchema } from '@busline/schemas/orders/v1/orders';
import { Code, createContextValues, type HandlerContext, type Interceptor } from '@connectrpc/connect';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  anOrder,
  failureOf,
  greetClient,
  type System,
  serveGreeter,
  serveOrders,
  startSystem,
} from './system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterEach(() => system.reset());
afterAll(() => system.close());

const ada: Identity = {
  subject: 'ada',
  issuer: 'https://id.example.com/',
  scopes: ['orders:write'],
  expiresAt: new Date('2026-11-23T12:00:00Z'),
  claims: { tenant: 'acme' },
};

const whoCalls = (context: HandlerContext): string => identity(context)?.subject ?? 'nobody';

async function* nobodySpeaks(): AsyncGenerator<never> {}

async function placeOrderAs(bus: Bus, who: Identity | undefined): Promise<string> {
  const { body } = await bus.callUnary({
    service: OrderService.typeName,
    method: 'PlaceOrder',
    body: toBinary(PlaceOrderRequestSchema, create(PlaceOrderRequestSchema, anOrder)),
    idempotent: false,
    identity: who,
  });
  return fromBinary(OrderSchema, body).customerId;
}

describe('an identity', () => {
  it('reaches the handler, whole', async () => {
    const seen = Promise.withResolvers<Identity | undefined>();
    await serveOrders(await system.connect(), (_, context) => {
      seen.resolve(identity(context));
      return {};
    });
    await placeOrderAs(await system.connect(), ada);
    expect(await seen.promise).toEqual(ada);
  });

  it('travels on with the calls of the handler, the detached ones too, and with no others', async () => {
    const backend = await system.connect();
    const heard: string[] = [];
    const greet = implement(GreetService, {
      sayHello({ name }, context) {
        heard.push(`${name}: ${whoCalls(context)}`);
        return {};
      },
      async *chat(_, context) {
        yield { greeting: whoCalls(context) };
      },
    });
    await backend.serve({ name: 'greeter', version: '1.0.0', services: [greet] });
    const middle = await system.connect();
    const greeter = greetClient(middle);
    await serveOrders(middle, async (_, context) => {
      await greeter.sayHello({ name: 'inside' });
      await detached(() => greeter.sayHello({ name: 'detached' }));
      for await (const { greeting } of greeter.chat(nobodySpeaks())) heard.push(`stream: ${greeting}`);
      return { customerId: whoCalls(context) };
    });
    const edge = await system.connect();
    expect(await placeOrderAs(edge, ada)).toBe('ada');
    await greetClient(middle).sayHello({ name: 'outside' });
    expect(heard).toEqual(['inside: ada', 'detached: ada', 'stream: ada', 'outside: nobody']);
  });

  it('is nobody where no edge gave one', async () => {
    await serveOrders(await system.connect(), (_, context) => ({ customerId: whoCalls(context) }));
    expect(await placeOrderAs(await system.connect(), undefined)).toBe('nobody');
  });

  it('cannot be claimed by metadata', async () => {
    await serveGreeter(await system.connect(), () => ({}));
    const client = greetClient(await system.connect());
    const error = await failureOf(client.sayHello({ name: 'Eve' }, { headers: { 'BL-Identity': 'AAAA' } }));
    expect([error.code, error.rawMessage]).toEqual([
      Code.InvalidArgument,
      'metadata name "bl-identity" is reserved for the bus',
    ]);
  });

  it('is not among the metadata', async () => {
    const names = Promise.withResolvers<string[]>();
    await serveOrders(await system.connect(), (_, context) => {
      names.resolve([...context.requestHeader.keys()]);
      return {};
    });
    await placeOrderAs(await system.connect(), ada);
    expect(await names.promise).toEqual([]);
  });

  it('is there for interceptors', async () => {
    const seen: string[] = [];
    const note: Interceptor = (next) => (request) => {
      seen.push(identity({ values: request.contextValues })?.subject ?? 'nobody');
      return next(request);
    };
    await serveOrders(await system.connect(), () => ({}), { interceptors: [note] });
    await placeOrderAs(await system.connect(), ada);
    expect(seen).toEqual(['ada']);
  });

  it('is held to the contract by a worker that asks for it', async () => {
    const greet = implement(
      GreetService,
      { sayHello: (_, context) => ({ greeting: whoCalls(context) }) },
      {
        interceptors: [enforcePolicy()],
      },
    );
    await (await system.connect()).serve({ name: 'greeter', version: '1.0.0', services: [greet] });
    const bus = await system.connect();
    const greetAs = (who: Identity | undefined) =>
      bus.callUnary({
        service: GreetService.typeName,
        method: 'SayHello',
        body: toBinary(SayHelloRequestSchema, create(SayHelloRequestSchema, { name: 'Ada' })),
        idempotent: true,
        identity: who,
      });
    const error = await failureOf(greetAs(undefined));
    expect([error.code, faultReason(error), error.rawMessage]).toEqual([
      Code.Unauthenticated,
      'NOT_AUTHENTICATED',
      'greet.v1.GreetService/SayHello: the call carries no identity, and the contract asks for one',
    ]);
    const { body } = await greetAs(ada);
    expect(fromBinary(SayHelloResponseSchema, body).greeting).toBe('ada');
  });

  it('can be set by the test of a handler', () => {
    expect(identity({ values: createContextValues().set(identityKey, ada) })).toBe(ada);
    expect(identity({ values: createContextValues() })).toBeUndefined();
  });
});
