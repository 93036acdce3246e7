import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  create,
  createRegistry,
  type DescMethod,
  type DescMethodStreaming,
  type DescService,
  type Message,
  type Registry,
} from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel as Idempotency } from '@bufbuild/protobuf/wkt';
import { GreetService } from '@busline/schemas/greet/v1/greet';
import { InventoryService } from '@busline/schemas/inventory/v1/inventory';
import { OrderService } from '@busline/schemas/orders/v1/orders';
import { PaymentService } from '@busline/schemas/payments/v1/payments';
import { Code, type Transport } from '@connectrpc/connect';
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from '@connectrpc/connect-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSeededRandom, type SeededRandom } from '../soak/seeded-random.ts';
import { type Sink, startSink } from '../system/start-sink.ts';
import { type System, startSystem } from '../system/start-system.ts';
import { waitUntil } from '../system/wait-until.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import { randomMessage } from './random-message.ts';
import { restCall, restOutcome } from './rest-call.ts';

// The same call by every protocol gives the same answer. Requests are made from the descriptors, good and bad ones.

let system: System;
let folder: string;
let sink: Sink;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'busline-differential-'));
  system = await startSystem();
  sink = await startSink(folder, system.stack.natsUrl);
  const plain = `POST /${sink.service.typeName}/Plain`;
  await waitUntil(
    'the sink is served',
    async () => (await system.send(plain, { body: {} })).status === 200,
    5_000,
  );
});
afterAll(async () => {
  sink?.worker.signal('SIGKILL');
  await sink?.worker.exited;
  await system?.stop();
  await rm(folder, { recursive: true });
});

interface Way {
  readonly name: string;
  readonly transport: Transport;
  readonly http: 1 | 2;
}

function waysOf(registry: Registry): Way[] {
  const baseUrl = system.stack.apiUrl;
  const json = { useBinaryFormat: false, jsonOptions: { registry } };
  return [
    { name: 'gRPC', http: 2, transport: createGrpcTransport({ baseUrl }) },
    { name: 'gRPC JSON', http: 2, transport: createGrpcTransport({ baseUrl, ...json }) },
    { name: 'gRPC-Web', http: 1, transport: createGrpcWebTransport({ baseUrl, httpVersion: '1.1' }) },
    { name: 'Connect', http: 2, transport: createConnectTransport({ baseUrl, httpVersion: '2' }) },
    {
      name: 'Connect JSON',
      http: 1,
      transport: createConnectTransport({ baseUrl, httpVersion: '1.1', ...json }),
    },
  ];
}

async function* answersOf(
  { transport }: Way,
  method: DescMethod,
  requests: readonly Message[],
): AsyncIterable<Message> {
  const timeoutMs = 5_000;
  if (method.methodKind === 'unary') {
    const unary = method as DescMethod & { methodKind: 'unary' };
    yield (await transport.unary(unary, undefined, timeoutMs, undefined, requests[0] ?? create(method.input)))
      .message;
    return;
  }
  async function* each() {
    yield* requests;
  }
  const streaming = method as DescMethodStreaming;
  yield* (await transport.stream(streaming, undefined, timeoutMs, undefined, each())).message;
}

/**
 * What must be equal. A method with side effects may answer a repeated call otherwise; whether it fails, and how, stays. In a
 * conversation a bad request may overtake answers to those before it.
 */
function comparable(method: DescMethod, { messages, error }: Outcome): unknown {
  if (method.methodKind === 'bidi_streaming' && error !== undefined) return { error };
  const isRead = method.idempotency === Idempotency.NO_SIDE_EFFECTS || method.parent === sink.service;
  return { messages: isRead ? messages.map(withoutInstance) : messages.length, error };
}

/** Which of two workers answered is not part of the answer. */
function withoutInstance(message: Outcome['messages'][number]): unknown {
  return typeof message === 'object' && message !== null ? { ...message, instance: undefined } : message;
}

/** The codes whose texts and details REST keeps to the log; clients of RPC get what the handler said. */
const keptFromRest: readonly number[] = [Code.Unknown, Code.Internal];

/** As REST can be expected to say it. */
function asRestSaysIt({ messages, error }: Outcome): Outcome {
  if (error === undefined) return { messages };
  const { code } = error;
  if (keptFromRest.includes(code))
    return { messages, error: { code, message: expect.any(String), details: [] } };
  const details = error.details.map((detail) => (detail as { type: string }).type);
  return { messages, error: { ...error, details } };
}

interface Tally {
  succeeded: number;
  failed: number;
  byRest: number;
}

async function compare(
  random: SeededRandom,
  method: DescMethod,
  registry: Registry,
  tally: Tally,
): Promise<void> {
  const many = method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming';
  const fill = random.next();
  const requests = Array.from({ length: many ? 1 + random.below(3) : 1 }, () =>
    randomMessage(random, method.input, fill),
  );
  const text = method.input.fields.find(({ name }) => name === 'text');
  if (text !== undefined && random.chance(0.3)) {
    (requests[0] as Message & { text: string }).text = `code:${1 + random.below(16)}`;
  }
  const ways = waysOf(registry).filter(({ http }) => http === 2 || method.methodKind !== 'bidi_streaming');
  const [reference, ...others] = ways as [Way, ...Way[]];
  const expected = await outcomeOf(method, answersOf(reference, method, requests), registry);
  if (expected.error === undefined) tally.succeeded++;
  else tally.failed++;
  for (const way of others) {
    const outcome = await outcomeOf(method, answersOf(way, method, requests), registry);
    expect(comparable(method, outcome), `${method.name} by ${way.name}`).toEqual(
      comparable(method, expected),
    );
  }
  const call = many ? undefined : restCall(method, requests[0] as Message, registry);
  if (call === undefined) return;
  tally.byRest++;
  const outcome = await restOutcome(system.stack.apiUrl, method, { call, registry });
  const what = `${method.name} by REST: ${call.httpMethod} ${call.target} ${JSON.stringify(call.body)}`;
  expect(comparable(method, outcome), what).toEqual(comparable(method, asRestSaysIt(expected)));
}

describe('the same call by every protocol gives the same answer', () => {
  it.each([
    ['greet', () => [GreetService], 6],
    ['inventory', () => [InventoryService], 6],
    ['orders', () => [OrderService], 6],
    ['payments', () => [PaymentService], 6],
    ['the kitchen sink', () => [sink.service], 6],
  ] as [string, () => DescService[], number][])('%s', { timeout: 90_000 }, async (name, services, rounds) => {
    const random = createSeededRandom(1);
    const tally: Tally = { succeeded: 0, failed: 0, byRest: 0 };
    for (const service of services()) {
      const registry = name === 'the kitchen sink' ? sink.registry : createRegistry(service.file);
      for (const method of service.methods) {
        for (let round = 0; round < rounds; round++) await compare(random, method, registry, tally);
      }
    }
    // Both kinds of answers were compared, and REST had its share.
    expect(Math.min(tally.succeeded, tally.failed, tally.byRest)).toBeGreaterThan(0);
  });
});
