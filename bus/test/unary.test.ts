import { ErrorInfoSchema } from '@busline/schemas/google/rpc/error_details';
import { Code, ConnectError, createContextKey, type Interceptor } from '@connectrpc/connect';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { failureOf, greetClient, type System, serveGreeter, startSystem } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterEach(() => system.reset());
afterAll(() => system.close());

describe('a unary call', () => {
  it('is typed at both ends', async () => {
    const server = await system.connect();
    await serveGreeter(server, ({ name }) => ({
      greeting: `Hello, ${name}!`,
      instance: server.instance,
    }));
    const reply = await greetClient(await system.connect()).sayHello({ name: 'Ada' });
    expect(reply).toMatchObject({
      $typeName: 'greet.v1.SayHelloResponse',
      greeting: 'Hello, Ada!',
      instance: server.instance,
    });
  });

  it('carries headers and trailers both ways, binary ones too', async () => {
    const server = await system.connect();
    await serveGreeter(server, (_, context) => {
      context.responseHeader.set('x-echo', context.requestHeader.get('x-tenant') ?? '');
      context.responseHeader.set('token-bin', context.requestHeader.get('token-bin') ?? '');
      context.responseTrailer.set('x-cost', '3');
      return {};
    });
    const seen: { header?: Headers; trailer?: Headers } = {};
    await greetClient(await system.connect()).sayHello(
      { name: 'Ada' },
      {
        headers: { 'X-Tenant': 'acme', 'token-bin': 'AAEC/w' },
        onHeader: (header) => {
          seen.header = header;
        },
        onTrailer: (trailer) => {
          seen.trailer = trailer;
        },
      },
    );
    expect(seen.header?.get('x-echo')).toBe('acme');
    expect(seen.header?.get('token-bin')).toBe('AAEC/w');
    expect(seen.trailer?.get('x-cost')).toBe('3');
  });

  it('hides the fields of the bus from handlers, and refuses metadata that would forge them', async () => {
    const server = await system.connect();
    let names: string[] = [];
    await serveGreeter(server, (_, context) => {
      names = [...context.requestHeader.keys()];
      return {};
    });
    const client = greetClient(await system.connect());
    await client.sayHello({ name: 'Ada' }, { headers: { 'x-mine': '1' } });
    expect(names).toEqual(['x-mine']);
    const error = await failureOf(client.sayHello({ name: 'Ada' }, { headers: { 'bl-timeout': '1' } }));
    expect(error.code).toBe(Code.InvalidArgument);
  });

  it('returns a handler error with its code, text, details and metadata', async () => {
    const server = await system.connect();
    await serveGreeter(server, () => {
      throw new ConnectError('no such person', Code.NotFound, { 'x-hint': 'look elsewhere' }, [
        {
          desc: ErrorInfoSchema,
          value: { reason: 'UNKNOWN_PERSON', domain: 'greet.v1', metadata: { name: 'Ada' } },
        },
      ]);
    });
    const error = await failureOf(greetClient(await system.connect()).sayHello({ name: 'Ada' }));
    expect(error.code).toBe(Code.NotFound);
    expect(error.rawMessage).toBe('no such person');
    expect(error.metadata.get('x-hint')).toBe('look elsewhere');
    expect(error.findDetails(ErrorInfoSchema)).toMatchObject([
      { reason: 'UNKNOWN_PERSON', metadata: { name: 'Ada' } },
    ]);
  });

  it('runs interceptors on both sides, outermost first, with context values reaching the handler', async () => {
    const order: string[] = [];
    const userKey = createContextKey('nobody');
    const named =
      (name: string): Interceptor =>
      (next) =>
      async (request) => {
        order.push(`${name} in`);
        const response = await next(request);
        order.push(`${name} out`);
        return response;
      };
    const authenticate: Interceptor = (next) => (request) => {
      request.contextValues.set(userKey, request.header.get('x-user') ?? 'nobody');
      return next(request);
    };
    const addUser: Interceptor = (next) => (request) => {
      request.header.set('x-user', 'ada');
      return next(request);
    };
    const server = await system.connect();
    await serveGreeter(
      server,
      (_, context) => {
        order.push('handler');
        return { greeting: context.values.get(userKey) };
      },
      { interceptors: [named('server 1'), named('server 2'), authenticate] },
    );
    const client = greetClient(await system.connect(), {
      interceptors: [named('client 1'), named('client 2'), addUser],
    });
    expect((await client.sayHello({ name: 'Ada' })).greeting).toBe('ada');
    expect(order).toEqual([
      'client 1 in',
      'client 2 in',
      'server 1 in',
      'server 2 in',
      'handler',
      'server 2 out',
      'server 1 out',
      'client 2 out',
      'client 1 out',
    ]);
  });

  it('is checked against the rules of its contract before the handler runs', async () => {
    const server = await system.connect();
    let ran = false;
    await serveGreeter(server, () => {
      ran = true;
      return {};
    });
    const error = await failureOf(greetClient(await system.connect()).sayHello({ name: '' }));
    expect(error.code).toBe(Code.InvalidArgument);
    expect(error.rawMessage).toMatch(/^name: /);
    expect(ran).toBe(false);
  });

  it('can be made with bytes, and bytes that are no message are refused', async () => {
    const server = await system.connect();
    await serveGreeter(server, ({ name }) => ({ greeting: name }));
    const caller = await system.connect();
    const address = { service: 'greet.v1.GreetService', method: 'SayHello', idempotent: true };
    const reply = await caller.callUnary({ ...address, body: Uint8Array.of(0x0a, 0x03, 0x41, 0x64, 0x61) });
    expect([...reply.body]).toEqual([0x0a, 0x03, 0x41, 0x64, 0x61]);
    const error = await failureOf(caller.callUnary({ ...address, body: Uint8Array.of(0x0a, 0x7f, 0x41) }));
    expect(error.code).toBe(Code.InvalidArgument);
    expect(error.rawMessage).toContain('greet.v1.SayHelloRequest');
  });

  it('reaches one instance of a queue group, and in the long run all of them', async () => {
    const servers = [await system.connect(), await system.connect(), await system.connect()];
    await Promise.all(servers.map((server) => serveGreeter(server, () => ({ instance: server.instance }))));
    const client = greetClient(await system.connect());
    const replies = await Promise.all(Array.from({ length: 300 }, () => client.sayHello({ name: 'Ada' })));
    const answered = new Map<string, number>();
    for (const { instance } of replies) answered.set(instance, (answered.get(instance) ?? 0) + 1);
    expect([...answered.keys()].sort()).toEqual(servers.map((server) => server.instance).sort());
    expect([...answered.values()].reduce((a, b) => a + b)).toBe(300);
  });
});
