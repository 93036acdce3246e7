import { InventoryService } from '@busline/schemas/inventory/v1/inventory';
import { OrderService, OrderState } from '@busline/schemas/orders/v1/orders';
import { PaymentService, PaymentState } from '@busline/schemas/payments/v1/payments';
import { Code, createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type System, startSystem } from './system/start-system.ts';
import { waitUntil } from './system/wait-until.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(async () => {
  await system?.stop();
});

/** Makes an item, and tells how many of it there are. */
async function stocked(sku: string, onHand: number): Promise<() => Promise<unknown>> {
  const unitPrice = { currencyCode: 'EUR', units: '12', nanos: 250_000_000 };
  const made = await system.send(`PUT /v1/stock/${sku}`, {
    body: { displayName: `The ${sku}`, onHand, unitPrice },
  });
  expect(made.json).toMatchObject({ sku, onHand, available: onHand });
  return async () => {
    const { json } = await system.send(`GET /v1/stock/${sku}`);
    const { onHand = 0, reserved = 0, available = 0 } = json as Partial<Record<string, number>>;
    return { onHand, reserved, available };
  };
}

const order = (orderId: string, sku: string, more: object = {}) => ({
  orderId,
  customerId: 'ada',
  lines: [{ sku, quantity: 3 }],
  paymentToken: 'tok_visa',
  ...more,
});

describe('an order over HTTP', () => {
  it('sells the goods for their price, and can be read, listed and cancelled', async () => {
    const stock = await stocked('lamp', 10);
    const placed = await system.send('POST /v1/orders', { body: order('lamps', 'lamp') });
    expect(placed.status).toBe(200);
    expect(placed.json).toMatchObject({
      orderId: 'lamps',
      customerId: 'ada',
      lines: [
        { sku: 'lamp', quantity: 3, unitPrice: { currencyCode: 'EUR', units: '12', nanos: 250_000_000 } },
      ],
      total: { currencyCode: 'EUR', units: '36', nanos: 750_000_000 },
      state: 'ORDER_STATE_CONFIRMED',
    });
    expect(await stock()).toEqual({ onHand: 7, reserved: 0, available: 7 });

    expect((await system.send('GET /v1/orders/lamps')).json).toEqual(placed.json);
    const list = await system.send('GET /v1/orders?customerId=ada&page_size=10');
    expect(list.json).toEqual({ orders: [placed.json] });
    expect((await system.send('GET /v1/orders?customerId=bob')).json).toEqual({});

    const cancelled = await system.send('POST /v1/orders/lamps:cancel', { body: { reason: 'too bright' } });
    expect(cancelled.json).toMatchObject({ state: 'ORDER_STATE_CANCELLED', cancelReason: 'too bright' });
    expect(await stock()).toEqual({ onHand: 10, reserved: 0, available: 10 });
    expect((await system.send('GET /v1/payments/lamps')).json).toMatchObject({
      state: 'PAYMENT_STATE_REFUNDED',
    });
  });

  it('is placed once, however often it is sent', async () => {
    const stock = await stocked('chair', 10);
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => system.send('POST /v1/orders', { body: order('chairs', 'chair') })),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(await stock()).toEqual({ onHand: 7, reserved: 0, available: 7 });
  });

  it('gives the goods back when the card is declined', async () => {
    const stock = await stocked('vase', 10);
    const declined = await system.send('POST /v1/orders', {
      body: order('vases', 'vase', { paymentToken: 'tok_declined' }),
    });
    expect(declined).toMatchObject({ status: 400, type: 'application/problem+json' });
    expect(declined.json).toMatchObject({
      title: 'Bad Request',
      code: 'FAILED_PRECONDITION',
      instance: '/v1/orders',
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          reason: 'CARD_DECLINED',
          domain: 'payments',
          metadata: { paymentId: 'vases' },
        },
      ],
      requestId: declined.headers.get('x-request-id'),
    });
    expect(declined.text).not.toContain('tok_declined');
    expect(await stock()).toEqual({ onHand: 10, reserved: 0, available: 10 });
    expect((await system.send('GET /v1/orders/vases')).json).toMatchObject({
      state: 'ORDER_STATE_REJECTED',
      failure: { reason: 'CARD_DECLINED' },
    });
    expect((await system.send('GET /v1/payments/vases')).json).toMatchObject({
      state: 'PAYMENT_STATE_DECLINED',
    });
  });

  it('takes nothing when there is not enough of one line', async () => {
    const [plenty, scarce] = [await stocked('fork', 10), await stocked('spoon', 2)];
    const lines = ['fork', 'spoon'].map((sku) => ({ sku, quantity: 3 }));
    const refused = await system.send('POST /v1/orders', { body: order('cutlery', 'fork', { lines }) });
    expect(refused.status).toBe(400);
    expect(refused.json).toMatchObject({
      code: 'FAILED_PRECONDITION',
      details: [{ reason: 'OUT_OF_STOCK', metadata: { sku: 'spoon', requested: '3', available: '2' } }],
    });
    expect(await plenty()).toEqual({ onHand: 10, reserved: 0, available: 10 });
    expect(await scarce()).toEqual({ onHand: 2, reserved: 0, available: 2 });
    expect((await system.send('GET /v1/payments/cutlery')).status).toBe(404);
  });

  it('is checked out durably, and sold once for one key', async () => {
    const stock = await stocked('clock', 10);
    const { orderId: _, ...body } = order('', 'clock');
    const headers = { prefer: 'respond-async', 'idempotency-key': '"clocks"' };
    const accepted = await system.send('POST /v1/orders:checkout', { body, headers });
    expect(accepted.status).toBe(202);
    const location = accepted.headers.get('location') ?? '';
    const operation = async () => (await system.send(`GET ${location}`)).json as { done?: boolean };
    await waitUntil('the checkout is done', async () => (await operation()).done === true);
    expect(await operation()).toMatchObject({
      metadata: { progress: { step: 'CHECKOUT_STEP_COMMIT' } },
      response: { orderId: location.split('/').at(-1), state: 'ORDER_STATE_CONFIRMED' },
    });
    const again = await system.send('POST /v1/orders:checkout', {
      body,
      headers: { 'idempotency-key': '"clocks"' },
    });
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([200, 'true']);
    expect(await stock()).toEqual({ onHand: 7, reserved: 0, available: 7 });
  });

  it('that does not exist is 404, with the reason for programs', async () => {
    const missing = await system.send('GET /v1/orders/nowhere');
    expect(missing).toMatchObject({ status: 404, type: 'application/problem+json' });
    expect(missing.json).toMatchObject({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail: 'There is no order "nowhere".',
      instance: '/v1/orders/nowhere',
      code: 'NOT_FOUND',
      details: [{ reason: 'ORDER_UNKNOWN', domain: 'orders', metadata: { orderId: 'nowhere' } }],
    });
  });
});

describe.each([
  ['JSON', false],
  ['binary', true],
])("Connect's own client, %s", (name, useBinaryFormat) => {
  const id = (what: string) => `${what}-${name.toLowerCase()}`;
  const client = <S extends Parameters<typeof createClient>[0]>(service: S) =>
    createClient(
      service,
      createConnectTransport({ baseUrl: system.stack.apiUrl, httpVersion: '1.1', useBinaryFormat }),
    );

  it('places, reads, lists and cancels an order', async () => {
    const stock = await stocked(id('book'), 10);
    const orders = client(OrderService);
    const request = order(id('books'), id('book'), { customerId: id('eve') });
    const placed = await orders.placeOrder(request);
    expect(placed).toMatchObject({ orderId: id('books'), state: OrderState.CONFIRMED });
    expect(placed.total).toMatchObject({ units: 36n, nanos: 750_000_000 });
    expect(await stock()).toEqual({ onHand: 7, reserved: 0, available: 7 });
    expect(await orders.getOrder({ orderId: id('books') })).toEqual(placed);
    expect((await orders.listOrders({ customerId: id('eve') })).orders).toEqual([placed]);
    expect(await orders.cancelOrder({ orderId: id('books') })).toMatchObject({ state: OrderState.CANCELLED });
    expect(await stock()).toEqual({ onHand: 10, reserved: 0, available: 10 });
  });

  it('gets the errors of workers as they were thrown', async () => {
    await stocked(id('pen'), 10);
    const request = order(id('pens'), id('pen'), { paymentToken: 'tok_declined' });
    await expect(client(OrderService).placeOrder(request)).rejects.toMatchObject({
      code: Code.FailedPrecondition,
      details: [{ type: 'google.rpc.ErrorInfo', debug: { reason: 'CARD_DECLINED' } }],
    });
    await expect(client(PaymentService).getPayment({ paymentId: id('pens') })).resolves.toMatchObject({
      state: PaymentState.DECLINED,
    });
    await expect(client(InventoryService).getStock({ sku: 'nothing' })).rejects.toMatchObject({
      code: Code.NotFound,
    });
  });
});
