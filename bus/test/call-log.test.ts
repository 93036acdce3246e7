import { type Bus, implement } from '@busline/bus';
import { GreetService } from '@busline/schemas/greet/v1/greet';
import { Code, ConnectError } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { scopeFields } from '../src/connection/logger.ts';
import { failureOf, greetClient, type System, silent, startSystem } from './system.ts';

let system: System;
let bus: Bus;
const lines: Record<string, unknown>[] = [];
beforeAll(async () => {
  system = await startSystem();
  bus = await system.connect({
    logger: { ...silent, debug: (fields, message) => void lines.push({ ...fields, message }) },
  });
});
afterAll(() => system.close());

const traceId = '0af7651916cd43dd8448eb211c80319c';
const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-00`, 'x-request-id': 'r1' };

it('one line is written for each call at debug, and what a handler logs belongs to its call', async () => {
  const within: object[] = [];
  const sayHello = async ({ name }: { name: string }) => {
    await Promise.resolve();
    within.push(scopeFields());
    if (name === 'secret') throw new ConnectError('nobody', Code.NotFound);
    return {};
  };
  await bus.serve({ name: 'greeter', version: '1.0.0', services: [implement(GreetService, { sayHello })] });
  const client = greetClient(bus);
  await client.sayHello({ name: 'ada' }, { headers });
  await failureOf(client.sayHello({ name: 'secret' }));
  const calls = lines.filter(({ message }) => message === 'call');
  const method = 'greet.v1.GreetService/SayHello';
  expect(calls).toEqual([
    { message: 'call', method, code: 'OK', durationMs: expect.any(Number), traceId, requestId: 'r1' },
    { message: 'call', method, code: 'NOT_FOUND', durationMs: expect.any(Number) },
  ]);
  expect(JSON.stringify(calls)).not.toContain('secret');
  expect(within).toEqual([{ traceId, requestId: 'r1' }, {}]);
  expect(scopeFields()).toEqual({});
});
