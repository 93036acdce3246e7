import { type Bus, connect, on } from '@busline/bus';
import { startNats, type TestNats } from '@busline/bus/testing';
import { InventoryService } from '@busline/schemas/inventory/v1/inventory';
import { OrderCancelledSchema, OrderPlacedSchema } from '@busline/schemas/orders/v1/events';
import { OrderService, OrderState } from '@busline/schemas/orders/v1/orders';
import { PaymentService, PaymentState } from '@busline/schemas/payments/v1/payments';
import { type Client, Code, createClient } from '@connectrpc/connect';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { services } from './services.ts';
import { refusalOf } from './testing/refusal-of.ts';
import { startWorker, type WorkerProcess } from './testing/start-worker.ts';

const unitPrice = { currencyCode: 'EUR', units: 12n, nanos: 250_000_000 };

describe('orders, with the inventory and payments workers beside it', () => {
  let nats: TestNats;
  let inventoryWorker: WorkerProcess;
  let paymentsWorker: WorkerProcess;
  let buses: Bus[];
  let orders: Client<typeof OrderService>;
  let inventory: Client<typeof InventoryService>;
  let payments: Client<typeof PaymentService>;

  beforeAll(async () => {
    nats = await startNats();
    [inventoryWorker, paymentsWorker] = await Promise.all([
      startWorker('inventory', nats.url),
      startWorker('payments', nats.url),
    ]);
    buses = await Promise.all([1, 2].map(() => connect({ servers: nats.url })));
    await buses[0]?.applyStreams(await buses[0].planStreams([OrderPlacedSchema, OrderCancelledSchema]));
    for (const bus of buses) {
      await bus.serve({ name: 'orders', version: '1.0.0', services: await services(bus) });
    }
    const transport = buses[0]?.transport() ?? expect.fail('no caller');
    orders = createClient(OrderService, transport);
    inventory = createClient(InventoryService, transport);
    payments = createClient(PaymentService, transport);
  });

  afterAll(async () => {
    await Promise.all((buses ?? []).map((bus) => bus.drain()));
    await Promise.all([inventoryWorker?.stop(), paymentsWorker?.stop()]);
    await nats?.stop();
  });

  const put = (sku: string, onHand: number) =>
    inventory.setStock({ sku, displayName: `The ${sku}`, onHand, unitPrice });
  const stockOf = async (sku: string) => {
    const { onHand, reserved } = await inventory.getStock({ sku });
    return { onHand, reserved };
  };
  const place = (orderId: string, sku: string, { quantity = 2, paymentToken = 'tok_visa' } = {}) =>
    orders.placeOrder({ orderId, customerId: 'ada', lines: [{ sku, quantity }], paymentToken });

  it('tells others what became of an order, once', async () => {
    await put('vase', 10);
    const [bus] = buses;
    const told: string[] = [];
    const worker = await bus?.serve({
      name: 'listener',
      version: '1.0.0',
      events: [
        on(OrderPlacedSchema, { consumer: 'listener' }, ({ orderId }) => told.push(`${orderId} placed`)),
        on(OrderCancelledSchema, { consumer: 'listener' }, ({ orderId }) =>
          told.push(`${orderId} cancelled`),
        ),
      ],
    });
    await place('vases', 'vase');
    await place('vases', 'vase');
    await orders.cancelOrder({ orderId: 'vases', reason: 'broken' });
    await orders.cancelOrder({ orderId: 'vases', reason: 'broken' });
    await expect.poll(() => told, { timeout: 10_000 }).toContain('vases cancelled');
    await worker?.stop();
    expect(told.toSorted()).toEqual(['vases cancelled', 'vases placed']);
  });

  it('sells the goods for their price', async () => {
    await put('lamp', 10);
    const order = await place('lamps', 'lamp');

    expect(order).toMatchObject({
      orderId: 'lamps',
      state: OrderState.CONFIRMED,
      lines: [{ sku: 'lamp', quantity: 2, unitPrice }],
      total: { currencyCode: 'EUR', units: 24n, nanos: 500_000_000 },
    });
    expect(await stockOf('lamp')).toEqual({ onHand: 8, reserved: 0 });
    expect(await payments.getPayment({ paymentId: 'lamps' })).toMatchObject({
      state: PaymentState.CAPTURED,
      amount: order.total,
    });
    expect(await orders.getOrder({ orderId: 'lamps' })).toEqual(order);
  });

  it('gives an order without an id a new one', async () => {
    await put('chair', 10);
    const ids = await Promise.all([place('', 'chair'), place('', 'chair')]);

    expect(new Set(ids.map(({ orderId }) => orderId)).size).toBe(2);
    expect(await stockOf('chair')).toEqual({ onHand: 6, reserved: 0 });
  });

  it('places an order once, however often it is asked to', async () => {
    await put('desk', 10);
    const [first, ...others] = await Promise.all(Array.from({ length: 5 }, () => place('desks', 'desk')));

    expect(others).toEqual(others.map(() => first));
    expect(await stockOf('desk')).toEqual({ onHand: 8, reserved: 0 });
  });

  it('rejects an order whose card is declined, and gives the goods back', async () => {
    await put('rug', 10);
    const call = () => place('rugs', 'rug', { paymentToken: 'tok_declined' });
    const declined = { code: Code.FailedPrecondition, reason: 'CARD_DECLINED', domain: 'payments' };

    expect(await refusalOf(call())).toEqual(declined);
    expect(await stockOf('rug')).toEqual({ onHand: 10, reserved: 0 });
    expect(await orders.getOrder({ orderId: 'rugs' })).toMatchObject({
      state: OrderState.REJECTED,
      failure: { code: Code.FailedPrecondition, reason: 'CARD_DECLINED', domain: 'payments' },
    });
    expect(await refusalOf(call())).toEqual(declined);
    expect(await refusalOf(orders.cancelOrder({ orderId: 'rugs' }))).toMatchObject({
      reason: 'ORDER_NOT_PLACED',
    });
  });

  it.each([
    { name: 'too few goods', sku: 'sofa', code: Code.FailedPrecondition, reason: 'OUT_OF_STOCK' },
    { name: 'unknown goods', sku: 'nothing', code: Code.NotFound, reason: 'SKU_UNKNOWN' },
  ])('rejects an order of $name without charging', async ({ sku, code, reason }) => {
    await put('sofa', 1);

    expect(await refusalOf(place(`order-${sku}`, sku))).toEqual({ code, reason, domain: 'inventory' });
    expect(await orders.getOrder({ orderId: `order-${sku}` })).toMatchObject({ state: OrderState.REJECTED });
    expect(await refusalOf(payments.getPayment({ paymentId: `order-${sku}` }))).toMatchObject({
      reason: 'PAYMENT_UNKNOWN',
    });
  });

  it('sells 10 pieces to 40 customers exactly 10 times, and charges nobody else', async () => {
    await put('clock', 10);
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, (_, index) => refusalOf(place(`clock-${index}`, 'clock', { quantity: 1 }))),
    );
    const charges = await Promise.all(
      outcomes.map((_, index) => refusalOf(payments.getPayment({ paymentId: `clock-${index}` }))),
    );

    expect(outcomes.filter(({ code }) => code === undefined)).toHaveLength(10);
    expect(outcomes.filter(({ reason }) => reason === 'OUT_OF_STOCK')).toHaveLength(30);
    expect(charges.filter(({ code }) => code === undefined)).toHaveLength(10);
    expect(await stockOf('clock')).toEqual({ onHand: 0, reserved: 0 });
  });

  it('cancels an order once: the goods and the money go back', async () => {
    await put('bed', 10);
    await place('beds', 'bed');
    const cancel = () => orders.cancelOrder({ orderId: 'beds', reason: 'too soft' });
    const [cancelled] = await Promise.all([cancel(), cancel(), cancel()]);

    expect(cancelled).toMatchObject({ state: OrderState.CANCELLED, cancelReason: 'too soft' });
    expect(await stockOf('bed')).toEqual({ onHand: 10, reserved: 0 });
    expect(await payments.getPayment({ paymentId: 'beds' })).toMatchObject({ state: PaymentState.REFUNDED });
    expect(await refusalOf(place('beds', 'bed'))).toMatchObject({ reason: 'ORDER_CANCELLED' });
  });

  it('refuses an id that belongs to another order', async () => {
    await put('mirror', 10);
    await place('mirrors', 'mirror');

    expect(await refusalOf(place('mirrors', 'mirror', { quantity: 3 }))).toEqual({
      code: Code.AlreadyExists,
      reason: 'ORDER_ID_REUSED',
      domain: 'orders',
    });
  });

  it('lists the orders of one customer page by page', async () => {
    await put('book', 10);
    const request = { customerId: 'grace', lines: [{ sku: 'book', quantity: 1 }], paymentToken: 'tok_visa' };
    for (const orderId of ['book-1', 'book-2', 'book-3']) {
      await orders.placeOrder({ ...request, orderId });
    }
    const first = await orders.listOrders({ customerId: 'grace', pageSize: 2 });
    const second = await orders.listOrders({
      customerId: 'grace',
      pageSize: 2,
      pageToken: first.nextPageToken,
    });

    expect(first.orders.map(({ orderId }) => orderId)).toEqual(['book-1', 'book-2']);
    expect(second.orders.map(({ orderId }) => orderId)).toEqual(['book-3']);
    expect(second.nextPageToken).toBe('');
  });

  it.each([
    { name: 'read', call: () => orders.getOrder({ orderId: 'nothing' }) },
    { name: 'cancelled', call: () => orders.cancelOrder({ orderId: 'nothing' }) },
  ])('does not find an unknown order that shall be $name', async ({ call }) => {
    expect(await refusalOf(call())).toEqual({
      code: Code.NotFound,
      reason: 'ORDER_UNKNOWN',
      domain: 'orders',
    });
  });

  // Last, since it takes a worker away.
  it('keeps an order truthful while payments cannot be reached, and settles it afterwards', async () => {
    await put('piano', 1);
    expect(await paymentsWorker.stop()).toBe(0);
    const refusal = await refusalOf(place('pianos', 'piano', { quantity: 1 }));
    const order = await orders.getOrder({ orderId: 'pianos' });
    paymentsWorker = await startWorker('payments', nats.url);
    const settled = await orders.cancelOrder({ orderId: 'pianos' });

    expect(refusal).toEqual({ code: Code.Unavailable, reason: 'ORDER_NOT_SETTLED', domain: 'orders' });
    expect(order).toMatchObject({ state: OrderState.FAILED, failure: { code: Code.Unavailable } });
    expect(settled).toMatchObject({ state: OrderState.FAILED });
    expect(await stockOf('piano')).toEqual({ onHand: 1, reserved: 0 });
    expect(await payments.getPayment({ paymentId: 'pianos' })).toMatchObject({ state: PaymentState.VOIDED });
  });
});
