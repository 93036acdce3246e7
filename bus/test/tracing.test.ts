import { type Bus, type BusTelemetry, implement, on } from '@busline/bus';
import { startTelemetry, type Telemetry } from '@busline/bus/telemetry';
import { kindName, spanTree, statusName } from '@busline/bus/testing';
import { EchoService } from '@busline/schemas/busline/bench/v1/bench';
import { WorkService } from '@busline/schemas/busline/bench/v1/durable';
import { NotedSchema } from '@busline/schemas/busline/bench/v1/events';
import { type Span, SpanKind, SpanStatus } from '@busline/schemas/busline/traces/v1/traces';
import { OrderService } from '@busline/schemas/orders/v1/orders';
import { Code, ConnectError } from '@connectrpc/connect';
import { trace } from '@opentelemetry/api';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { applyStreams, consume } from './event-streams.ts';
import {
  failureOf,
  gate,
  greetClient,
  type System,
  serveGreeter,
  silent,
  startSystem,
  until,
} from './system.ts';

describe('traces', () => {
  let system: System;
  let telemetry: Telemetry;
  let bus: Bus;
  let spans: Span[];
  beforeAll(async () => {
    system = await startSystem();
  });
  beforeEach(async () => {
    telemetry = startTelemetry({ service: 'test', version: '1.0.0', log: silent, env: {} });
    bus = await system.connect();
    spans = [];
    const watching: BusTelemetry = bus.telemetry;
    watching.watchSpans((batch) => void spans.push(...batch.spans));
    await telemetry.attach(bus);
  });
  afterEach(async () => {
    await system.reset();
    await telemetry.stop();
  });
  afterAll(() => system.close());

  const arrived = async (count: number): Promise<Span[]> => {
    await until(`${count} spans have arrived`, () => spans.length >= count);
    return spans;
  };
  const kindOf = ({ kind, name }: Span): string => `${kindName(kind)} ${name}`;
  const oneTrace = (): Set<string> => new Set(spans.map(({ traceId }) => traceId));

  it('follow calls from handler to handler, and what handlers open themselves', async () => {
    await serveGreeter(bus, async ({ name }) => {
      const span = trace.getTracer('test').startSpan('look something up');
      span.end();
      return trace.getTracer('test').startActiveSpan('think', async (thought) => {
        await bus.client(OrderService).getOrder({ orderId: name });
        thought.end();
        return { greeting: `Hello, ${name}!` };
      });
    });
    await bus.serve({
      name: 'orders',
      version: '1.0.0',
      services: [implement(OrderService, { getOrder: ({ orderId }) => ({ orderId }) })],
    });
    await greetClient(bus).sayHello({ name: 'a' });
    expect(spanTree(await arrived(6), kindOf)).toEqual([
      'CLIENT greet.v1.GreetService/SayHello',
      '  SERVER greet.v1.GreetService/SayHello',
      '    INTERNAL look something up',
      '    INTERNAL think',
      '      CLIENT orders.v1.OrderService/GetOrder',
      '        SERVER orders.v1.OrderService/GetOrder',
    ]);
    expect(oneTrace().size).toBe(1);
    const server = spans.find(({ kind }) => kind === SpanKind.SERVER);
    expect(server).toMatchObject({ service: 'test', instance: bus.instance, status: SpanStatus.UNSPECIFIED });
    expect(server?.attributes).toMatchObject({ 'rpc.system.name': 'busline', 'rpc.status_code': 'OK' });
    expect(Number(server?.attributes['busline.queue.duration_ms'])).toBeGreaterThanOrEqual(0);
  });

  it('say what failed: an answer is no failure of its server', async () => {
    await serveGreeter(bus, ({ name }) => {
      if (name === 'bug') throw new Error('secret');
      throw new ConnectError('nobody of that name', Code.NotFound);
    });
    await failureOf(greetClient(bus).sayHello({ name: 'x' }));
    await failureOf(greetClient(bus).sayHello({ name: 'bug' }));
    await arrived(4);
    const told = spans.map(({ kind, status, attributes }) => [
      kindName(kind),
      statusName(status),
      attributes['rpc.status_code'],
      attributes['error.type'],
    ]);
    expect(told.sort()).toEqual([
      ['CLIENT', 'ERROR', 'INTERNAL', 'INTERNAL'],
      ['CLIENT', 'ERROR', 'NOT_FOUND', 'NOT_FOUND'],
      ['SERVER', 'ERROR', 'INTERNAL', 'INTERNAL'],
      ['SERVER', 'UNSPECIFIED', 'NOT_FOUND', undefined],
    ]);
    expect(
      JSON.stringify(spans, (_, value) => (typeof value === 'bigint' ? String(value) : value)),
    ).not.toContain('secret');
  });

  it('hold a call together that is sent again', async () => {
    const busy = gate();
    const handler = async () => {
      await busy.opened;
      return {};
    };
    await serveGreeter(bus, handler, { maxConcurrency: 1, maxQueue: 0, pushbackMs: 500 });
    const client = greetClient(bus);
    const first = client.sayHello({ name: 'a' });
    const second = client.sayHello({ name: 'b' });
    await until('one was refused', () => spans.length > 0);
    busy.open();
    await Promise.all([first, second]);
    await until('all have arrived', () => spans.filter(({ kind }) => kind === SpanKind.CLIENT).length === 2);
    const retried = spans.find(({ kind, events }) => kind === SpanKind.CLIENT && events.length > 0);
    const attempts = spans.filter(({ parentSpanId }) => parentSpanId === retried?.spanId);
    expect(retried?.events[0]).toMatchObject({ name: 'retry', attributes: { attempt: '2' } });
    expect(attempts.length).toBe((retried?.events.length ?? 0) + 1);
    expect(attempts.map(({ attributes }) => attributes['rpc.status_code']).toSorted()).toEqual([
      'OK',
      ...Array.from({ length: attempts.length - 1 }, () => 'RESOURCE_EXHAUSTED'),
    ]);
  });

  it('follow streams', async () => {
    await bus.serve({
      name: 'echo',
      version: '1.0.0',
      services: [
        implement(EchoService, {
          async *generate({ count }) {
            const { greeting } = await greetClient(bus).sayHello({ name: 'a' });
            for (let n = 0; n < Number(count); n++) yield { payload: Buffer.from(greeting) };
          },
        }),
      ],
    });
    await serveGreeter(bus, () => ({ greeting: 'hello' }));
    for await (const _ of bus.client(EchoService).generate({ count: 3n }));
    expect(spanTree(await arrived(4), kindOf)).toEqual([
      'CLIENT busline.bench.v1.EchoService/Generate',
      '  SERVER busline.bench.v1.EchoService/Generate',
      '    CLIENT greet.v1.GreetService/SayHello',
      '      SERVER greet.v1.GreetService/SayHello',
    ]);
  });

  it('follow events through repetitions, dead letters and their retry', async () => {
    await applyStreams(bus, NotedSchema);
    let failures = 0;
    await consume(
      bus,
      on(NotedSchema, { consumer: 'mail', maxAttempts: 2, firstDelayMs: 1 }, async () => {
        if (failures++ < 2) throw new Error('no');
        await greetClient(bus).sayHello({ name: 'a' });
      }),
    );
    await serveGreeter(bus, async ({ name }) => {
      if (name === 'publish') await bus.publish(NotedSchema, { text: 't' });
      return {};
    });
    await greetClient(bus).sayHello({ name: 'publish' });
    await until(
      'it is a dead letter',
      async () => (await bus.deadLetters.list({ limit: 1 })).letters.length === 1,
    );
    const { letters } = await bus.deadLetters.list({ limit: 1 });
    await bus.deadLetters.retry(letters[0]?.deadLetterId ?? '');
    await until('it is handled', () => spans.filter(({ kind }) => kind === SpanKind.CONSUMER).length === 3);
    await until('the retry has been told', () => spans.some(({ links }) => links.length > 0));
    const [order, retry] = [...oneTrace()].map((traceId) => spans.filter((span) => span.traceId === traceId));
    expect(spanTree(order ?? [], kindOf)).toEqual([
      'CLIENT greet.v1.GreetService/SayHello',
      '  SERVER greet.v1.GreetService/SayHello',
      '    PRODUCER send evt.busline.bench.v1.Noted',
      '      CONSUMER process evt.busline.bench.v1.Noted',
      '      CONSUMER process evt.busline.bench.v1.Noted',
      '      CONSUMER process evt.busline.bench.v1.Noted',
      '        CLIENT greet.v1.GreetService/SayHello',
      '          SERVER greet.v1.GreetService/SayHello',
    ]);
    const attempts = spans
      .filter(({ kind }) => kind === SpanKind.CONSUMER)
      .map(({ status, attributes, events }) => [
        statusName(status),
        attributes['busline.attempt'],
        events.map(({ name }) => name).join(),
      ]);
    expect(attempts).toEqual([
      ['ERROR', '1', 'retry'],
      ['ERROR', '2', 'dead_letter'],
      ['UNSPECIFIED', '1', ''],
    ]);
    expect(spanTree(retry ?? [], kindOf)).toEqual([
      expect.stringMatching(/^PRODUCER send rty\.\w+\.mail\.busline\.bench\.v1\.Noted$/),
    ]);
    expect(retry?.[0]?.links).toMatchObject([{ traceId: order?.[0]?.traceId }]);
  });

  it('follow durable calls into every attempt', async () => {
    let attempts = 0;
    await bus.serve({
      name: 'worker',
      version: '1.0.0',
      services: [
        implement(WorkService, {
          async work({ text }) {
            if (attempts++ === 0) throw new ConnectError('not now', Code.Unavailable);
            await greetClient(bus).sayHello({ name: text });
            return { text };
          },
        }),
      ],
    });
    await serveGreeter(bus, () => ({}));
    const call = await bus.durable(WorkService.method.work).start({ text: 'a' });
    await call.wait();
    expect(spanTree(await arrived(5), kindOf)).toEqual([
      'PRODUCER send ops.busline.bench.v1.WorkService.Work',
      '  CONSUMER process ops.busline.bench.v1.WorkService.Work',
      '  CONSUMER process ops.busline.bench.v1.WorkService.Work',
      '    CLIENT greet.v1.GreetService/SayHello',
      '      SERVER greet.v1.GreetService/SayHello',
    ]);
    expect(spans.find(({ kind }) => kind === SpanKind.PRODUCER)?.attributes['busline.operation']).toBe(
      call.id,
    );
  });
});
