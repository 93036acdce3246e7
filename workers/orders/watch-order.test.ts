import { create } from '@bufbuild/protobuf';
import { type Bus, connect, type Worker } from '@busline/bus';
import { startNats, type TestNats } from '@busline/bus/testing';
import { MoneySchema } from '@busline/schemas/google/type/money';
import { OrderFailureSchema, OrderService, OrderState } from '@busline/schemas/orders/v1/orders';
import { type OrderRecord, OrderRecordSchema } from '@busline/schemas/orders/v1/state';
import { type Client, Code, createClient } from '@connectrpc/connect';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { services } from './services.ts';
import { openStores, type Stores } from './store.ts';
import { refusalOf } from './testing/refusal-of.ts';

describe('watchOrder', () => {
  let nats: TestNats;
  let buses: Bus[];
  let worker: Worker;
  let orders: Client<typeof OrderService>;
  let stores: Stores;

  beforeAll(async () => {
    nats = await startNats();
    const [server, caller] = [await connect({ servers: nats.url }), await connect({ servers: nats.url })];
    buses = [server, caller];
    worker = await server.serve({ name: 'orders', version: '1.0.0', services: await services(server) });
    orders = createClient(OrderService, caller.transport());
    stores = await openStores(caller);
  });

  afterAll(async () => {
    await Promise.all((buses ?? []).map((bus) => bus.drain()));
    await nats?.stop();
  });

  const put = (orderId: string, state: OrderState) =>
    stores.orders.create(orderId, create(OrderRecordSchema, { orderId, customerId: 'ada', state }));
  const change = (orderId: string, fields: Partial<OrderRecord>) =>
    stores.orders.update(orderId, (current = create(OrderRecordSchema)) => ({ ...current, ...fields }));

  it('tells a pending order, each change of it, and ends when it is settled', async () => {
    await put('lamps', OrderState.PENDING);
    const failure = create(OrderFailureSchema, { code: Code.FailedPrecondition, reason: 'CARD_DECLINED' });
    const total = create(MoneySchema, { currencyCode: 'EUR', units: 1n });
    const steps = [
      () => change('lamps', { total }),
      () => change('lamps', { state: OrderState.REJECTED, failure, givingBack: true }),
      // Nothing that a caller could see.
      () => change('lamps', { givingBack: false }),
    ];
    const told: unknown[] = [];
    for await (const order of orders.watchOrder({ orderId: 'lamps' })) {
      told.push([order.state, order.total?.units, order.failure?.reason]);
      await steps.shift()?.();
    }

    expect(told).toEqual([
      [OrderState.PENDING, undefined, undefined],
      [OrderState.PENDING, 1n, undefined],
      [OrderState.REJECTED, 1n, 'CARD_DECLINED'],
    ]);
  });

  it.each([
    { name: 'confirmed', state: OrderState.CONFIRMED },
    { name: 'cancelled', state: OrderState.CANCELLED },
  ])('tells a $name order once', async ({ name, state }) => {
    await put(name, state);
    const told: OrderState[] = [];
    for await (const order of orders.watchOrder({ orderId: name })) {
      told.push(order.state);
    }

    expect(told).toEqual([state]);
  });

  it('serves many who watch one order', async () => {
    await put('popular', OrderState.PENDING);
    const watchers = Array.from({ length: 20 }, async () => {
      const told: OrderState[] = [];
      for await (const order of orders.watchOrder({ orderId: 'popular' })) {
        told.push(order.state);
        await change('popular', { state: OrderState.CONFIRMED });
      }
      return told;
    });

    expect((await Promise.all(watchers)).map((told) => told.at(-1))).toEqual(
      watchers.map(() => OrderState.CONFIRMED),
    );
  });

  it('does not find an unknown order', async () => {
    const watching = (async () => {
      for await (const order of orders.watchOrder({ orderId: 'nothing' })) {
        expect.fail(`there is an order ${order.orderId}`);
      }
    })();

    expect(await refusalOf(watching)).toEqual({
      code: Code.NotFound,
      reason: 'ORDER_UNKNOWN',
      domain: 'orders',
    });
  });

  it.each([
    {
      name: 'the caller hangs up',
      code: Code.Canceled,
      timeoutMs: undefined,
      onOrder: (caller: AbortController) => caller.abort(),
    },
    { name: 'the deadline passes', code: Code.DeadlineExceeded, timeoutMs: 300, onOrder: () => undefined },
  ])('ends, at the worker too, when $name', async ({ name, code, timeoutMs, onOrder }) => {
    const orderId = name.replaceAll(' ', '-');
    await put(orderId, OrderState.PENDING);
    const caller = new AbortController();
    const told: OrderState[] = [];
    const watching = (async () => {
      for await (const order of orders.watchOrder({ orderId }, { signal: caller.signal, timeoutMs })) {
        told.push(order.state);
        onOrder(caller);
      }
    })();

    expect(await refusalOf(watching)).toMatchObject({ code });
    expect(told).toEqual([OrderState.PENDING]);
    await expect.poll(() => worker.underWay).toBe(0);
  });
});
