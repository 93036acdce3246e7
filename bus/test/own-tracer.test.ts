import { implement } from '@busline/bus';
import { startTelemetry } from '@busline/bus/telemetry';
import { OrderService } from '@busline/schemas/orders/v1/orders';
import { context, SpanKind, trace } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { greetClient, type System, serveGreeter, silent, startSystem } from './system.ts';

const exporter = new InMemorySpanExporter();
let system: System;
beforeAll(async () => {
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  );
  system = await startSystem();
});
afterAll(async () => {
  await system.close();
  trace.disable();
  context.disable();
});

it("a tracer of the user's own gets the spans of the bus, and is left in its place", async () => {
  const telemetry = startTelemetry({ service: 'test', version: '1.0.0', log: silent, env: {} });
  const bus = await system.connect();
  await telemetry.attach(bus);
  await serveGreeter(bus, async ({ name }) => {
    await bus.client(OrderService).getOrder({ orderId: name });
    return {};
  });
  const orders = implement(OrderService, { getOrder: ({ orderId }) => ({ orderId }) });
  await bus.serve({ name: 'orders', version: '1.0.0', services: [orders] });
  await greetClient(bus).sayHello({ name: 'a' });
  await telemetry.stop();
  expect(trace.getTracer('test').startSpan('still there').isRecording()).toBe(true);
  const spans = exporter.getFinishedSpans();
  const told = spans.map((span) => {
    const parent = spans.find((other) => other.spanContext().spanId === span.parentSpanContext?.spanId);
    return [SpanKind[span.kind], span.name, parent && `${SpanKind[parent.kind]} ${parent.name}`];
  });
  const [greet, order] = ['greet.v1.GreetService/SayHello', 'orders.v1.OrderService/GetOrder'];
  expect(told).toHaveLength(4);
  expect(told).toEqual(
    expect.arrayContaining([
      ['CLIENT', greet, undefined],
      ['SERVER', greet, `CLIENT ${greet}`],
      ['CLIENT', order, `SERVER ${greet}`],
      ['SERVER', order, `CLIENT ${order}`],
    ]),
  );
});
