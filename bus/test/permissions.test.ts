import { callFate, faultReason } from '@busline/bus';
import { Code } from '@connectrpc/connect';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  anOrder,
  failureOf,
  greetClient,
  orderClient,
  type System,
  serveGreeter,
  serveOrders,
  startSystem,
} from './system.ts';

const everything = { publish: { allow: ['>'] }, subscribe: { allow: ['>'] } };

let system: System;
beforeAll(async () => {
  system = await startSystem({
    users: [
      { user: 'admin', password: 'a', permissions: everything },
      {
        user: 'half-worker',
        password: 'h',
        permissions: {
          publish: { allow: ['>'] },
          subscribe: { allow: ['_INBOX.half.>', '_INBOX.>', 'rpc.i.>', 'rpc.b.>', '$SRV.>'] },
        },
      },
      {
        user: 'edge',
        password: 'e',
        permissions: {
          publish: { allow: ['rpc.u.greet.>', 'rpc.m.greet.>', 'rpc.b.greet.>', 'rpc.i.>'] },
          subscribe: { allow: ['_INBOX.edge.>', 'rpc.i.>'] },
        },
      },
    ],
  });
});
afterEach(() => system.reset());
afterAll(() => system.close());

const halfWorker = { nats: { user: 'half-worker', pass: 'h' }, inboxPrefix: '_INBOX.half' };
const admin = { nats: { user: 'admin', pass: 'a' } };
const edge = { nats: { user: 'edge', pass: 'e' }, inboxPrefix: '_INBOX.edge' };

describe('permissions of the broker', () => {
  it('let a user with a private inbox call what it may, and refuse the rest at once', async () => {
    const server = await system.connect(admin);
    await serveGreeter(server, () => ({ greeting: 'fine' }));
    await serveOrders(server, () => ({}));
    const caller = await system.connect(edge);
    expect((await greetClient(caller).sayHello({ name: 'Ada' })).greeting).toBe('fine');
    const startedAtMs = performance.now();
    const error = await failureOf(orderClient(caller).placeOrder(anOrder));
    expect(performance.now() - startedAtMs).toBeLessThan(1_000);
    expect(error.code).toBe(Code.PermissionDenied);
    expect(faultReason(error)).toBe('NOT_PERMITTED');
    expect(callFate(error)).toBe('never-started');
    expect(error.rawMessage).toContain('rpc.u.orders.v1.OrderService.PlaceOrder');
    expect((await greetClient(caller).sayHello({ name: 'Ada' })).greeting).toBe('fine');
  });

  it('stop a worker that may not serve, naming the subject', async () => {
    const error = await failureOf(serveGreeter(await system.connect(edge), () => ({})));
    expect(faultReason(error)).toBe('NOT_PERMITTED');
    expect(error.rawMessage).toContain('rpc.b.greet.v1.GreetService.contract.sha256-');
  });

  it('stop a worker that may not take calls, naming the subject', async () => {
    const error = await failureOf(serveGreeter(await system.connect(halfWorker), () => ({})));
    expect(faultReason(error)).toBe('NOT_PERMITTED');
    expect(error.rawMessage).toContain('rpc.u.greet.v1.GreetService.SayHello');
  });

  it('are no reason to try for long: a wrong password is named at once', async () => {
    const startedAtMs = performance.now();
    const error = await failureOf(system.connect({ nats: { user: 'edge', pass: 'wrong' } }));
    expect(performance.now() - startedAtMs).toBeLessThan(2_000);
    expect(error.rawMessage).toContain('refused');
  });
});
