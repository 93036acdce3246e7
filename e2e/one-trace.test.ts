import { fromJson, type JsonValue } from '@bufbuild/protobuf';
import { type Bus, on } from '@busline/bus';
import { startTelemetry, type Telemetry } from '@busline/bus/telemetry';
import { kindName, spanTree } from '@busline/bus/testing';
import { type Span, type Trace, TraceSchema } from '@busline/schemas/busline/traces/v1/traces';
import { OrderPlacedSchema } from '@busline/schemas/orders/v1/events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OtlpReceiver, startOtlpReceiver } from './system/otlp-receiver.ts';
import { type System, startSystem } from './system/start-system.ts';
import { waitUntil } from './system/wait-until.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

let collector: OtlpReceiver;
let system: System;
let telemetry: Telemetry;
let bus: Bus;
beforeAll(async () => {
  collector = await startOtlpReceiver();
  process.env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT = collector.url;
  system = await startSystem({ workers: { orders: 1, greeter: 0 } });
  telemetry = startTelemetry({ service: 'audit', version: '1.0.0', log: quiet, env: process.env });
  bus = await system.joinBus(quiet);
  await telemetry.attach(bus);
});
afterAll(async () => {
  delete process.env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT;
  await system?.stop();
  await telemetry?.stop();
  await collector?.stop();
});

async function traceOf(traceId: string): Promise<Trace | undefined> {
  const { status, json } = await system.send(`GET /v1/traces/${traceId}`);
  return status === 200 ? fromJson(TraceSchema, json as JsonValue) : undefined;
}

const label = ({ service, kind, name }: Span): string => `${service}: ${kindName(kind)} ${name}`;

describe('one order placed over HTTP', () => {
  it('is one connected trace, with all that came of it, also after a retry and a dead letter', async () => {
    // A consumer of ours that gives up after two attempts, and handles the event when it is sent again.
    let attempts = 0;
    const audit = on(OrderPlacedSchema, { consumer: 'audit', maxAttempts: 2, firstDelayMs: 1 }, () => {
      if (++attempts < 3) throw new Error('not yet');
    });
    await bus.serve({ name: 'audit', version: '1.0.0', services: [], events: [audit] });

    const placed = await system.send('POST /v1/orders', {
      headers: { 'x-request-id': 'the-order' },
      body: { customerId: 'ada', lines: [{ sku: 'tea', quantity: 1 }], paymentToken: 'tok_visa' },
    });
    expect(placed.status).toBe(200);
    let deadLetterId = '';
    await waitUntil('audit has given up', async () => {
      const { json } = await system.send('GET /v1/deadletters?consumer=audit');
      deadLetterId =
        (json as { deadLetters?: { deadLetterId: string }[] }).deadLetters?.[0]?.deadLetterId ?? '';
      return deadLetterId !== '';
    });
    expect((await system.send(`POST /v1/deadletters/${deadLetterId}:retry`, { body: {} })).status).toBe(200);

    let traceId = '';
    await waitUntil('the edge has the trace', async () => {
      const { json } = await system.send('GET /v1/traces?attributes=busline.request_id%3Dthe-order');
      traceId = (json as { traces?: { traceId: string }[] }).traces?.[0]?.traceId ?? '';
      return traceId !== '';
    });
    const audited = (spans: readonly Span[]): Span[] =>
      spans.filter(({ service, name }) => service === 'audit' && name.startsWith('process '));
    const whole = (spans: readonly Span[]): boolean =>
      audited(spans).length === 3 && spans.some(({ service }) => service === 'notifications');
    await waitUntil('all spans have arrived', async () => whole((await traceOf(traceId))?.spans ?? []));
    const { spans, summary } = (await traceOf(traceId)) as Trace;

    const attemptsOfAudit = audited(spans);
    expect(
      spanTree(
        spans.filter((span) => !attemptsOfAudit.includes(span)),
        label,
      ),
    ).toEqual([
      'edge: SERVER POST /v1/orders',
      '  edge: CLIENT orders.v1.OrderService/PlaceOrder',
      '    orders: SERVER orders.v1.OrderService/PlaceOrder',
      '      orders: CLIENT inventory.v1.InventoryService/ReserveStock',
      '        inventory: SERVER inventory.v1.InventoryService/ReserveStock',
      '      orders: CLIENT payments.v1.PaymentService/ChargePayment',
      '        payments: SERVER payments.v1.PaymentService/ChargePayment',
      '      orders: CLIENT inventory.v1.InventoryService/CommitReservation',
      '        inventory: SERVER inventory.v1.InventoryService/CommitReservation',
      '      orders: PRODUCER send evt.orders.v1.OrderPlaced',
      '        notifications: CONSUMER process evt.orders.v1.OrderPlaced',
    ]);
    const sent = spans.find(({ name }) => name === 'send evt.orders.v1.OrderPlaced');
    expect(attemptsOfAudit.map(({ parentSpanId }) => parentSpanId)).toEqual(
      [sent, sent, sent].map((span) => span?.spanId),
    );
    expect(attemptsOfAudit.map(({ events }) => events.map(({ name }) => name))).toEqual([
      ['retry'],
      ['dead_letter'],
      [],
    ]);
    expect(summary).toMatchObject({
      name: 'POST /v1/orders',
      service: 'edge',
      spanCount: 14,
      errorCount: 2,
      connected: true,
    });
    expect(summary?.services.toSorted()).toEqual([
      'audit',
      'edge',
      'inventory',
      'notifications',
      'orders',
      'payments',
    ]);

    // The collector has the same ones.
    const received = () => collector.spans.filter((span) => span.traceId === traceId);
    await waitUntil('the collector has them', async () => received().length === spans.length);
    const facts = ({
      service,
      name,
      spanId,
      parentSpanId,
    }: Omit<Span, '$typeName'> | ReturnType<typeof received>[number]) =>
      `${service} ${name} ${spanId} ${parentSpanId}`;
    expect(received().map(facts).toSorted()).toEqual(spans.map(facts).toSorted());
  });
});
