import { create } from '@bufbuild/protobuf';
import { type Bus, connect, implement } from '@busline/bus';
import { startNats, type TestNats } from '@busline/bus/testing';
import {
  InventoryService,
  ReservationSchema,
  ReservationState,
} from '@busline/schemas/inventory/v1/inventory';
import { OrderCancelledSchema, OrderPlacedSchema } from '@busline/schemas/orders/v1/events';
import { OrderService, OrderState } from '@busline/schemas/orders/v1/orders';
import { PaymentService } from '@busline/schemas/payments/v1/payments';
import { type Client, Code, ConnectError, createClient, type HandlerContext } from '@connectrpc/connect';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { services } from './services.ts';
import { refusalOf } from './testing/refusal-of.ts';

/**
 * What placing an order does when a service beside it fails in ways that the real ones rarely do. Inventory and
 * payments are played by this test: they answer well unless a test says otherwise, and write down who called.
 */
describe('placeOrder, beside services that fail', () => {
  let nats: TestNats;
  let bus: Bus;
  let orders: Client<typeof OrderService>;
  let calls: string[] = [];

  const reservation = create(ReservationSchema, {
    state: ReservationState.HELD,
    lines: [{ sku: 'mug', quantity: 1, unitPrice: { currencyCode: 'EUR', units: 12n } }],
    total: { currencyCode: 'EUR', units: 12n },
  });
  const charge = vi.fn(async (_request: unknown, _context: HandlerContext) => ({}));
  const commit = vi.fn(async () => reservation);

  beforeAll(async () => {
    nats = await startNats();
    bus = await connect({ servers: nats.url });
    await bus.applyStreams(await bus.planStreams([OrderPlacedSchema, OrderCancelledSchema]));
    const inventory = implement(InventoryService, {
      reserveStock: () => {
        calls.push('reserve');
        return reservation;
      },
      commitReservation: () => {
        calls.push('commit');
        return commit();
      },
      releaseReservation: () => {
        calls.push('release');
        return {};
      },
    });
    const payments = implement(PaymentService, {
      chargePayment: (request, context) => {
        calls.push('charge');
        return charge(request, context);
      },
      refundPayment: () => {
        calls.push('refund');
        return {};
      },
    });
    const orderServices = await services(bus);
    await bus.serve({ name: 'shop', version: '1.0.0', services: [inventory, payments, ...orderServices] });
    orders = createClient(OrderService, bus.transport());
  });

  afterEach(() => {
    calls = [];
    charge.mockReset().mockResolvedValue({});
    commit.mockReset().mockResolvedValue(reservation);
  });

  afterAll(async () => {
    await bus?.drain();
    await nats?.stop();
  });

  const place = (orderId: string, signal?: AbortSignal) =>
    orders.placeOrder(
      { orderId, customerId: 'ada', lines: [{ sku: 'mug', quantity: 1 }], paymentToken: 'tok_visa' },
      { signal },
    );

  it('calls each service once when all goes well', async () => {
    await place('good');

    expect(calls).toEqual(['reserve', 'charge', 'commit']);
  });

  it.each([
    {
      name: 'the charge fails for an unknown reason',
      break: () => charge.mockRejectedValue(new ConnectError('no idea', Code.Internal)),
      code: Code.Internal,
    },
    {
      name: 'the goods cannot be sold after the charge',
      break: () => commit.mockRejectedValue(new ConnectError('no idea', Code.DataLoss)),
      code: Code.DataLoss,
    },
  ])('gives everything back when $name', async ({ name, break: breakService, code }) => {
    breakService();
    const orderId = name.replaceAll(' ', '-');

    expect(await refusalOf(place(orderId))).toMatchObject({ code });
    expect(calls).toEqual(expect.arrayContaining(['release', 'refund']));
    expect(await orders.getOrder({ orderId })).toMatchObject({ state: OrderState.FAILED, failure: { code } });
  });

  it('fails a repeated call in the same way, without trying again', async () => {
    charge.mockRejectedValue(new ConnectError('no idea', Code.Internal));
    const first = await refusalOf(place('repeated'));
    calls = [];

    expect(await refusalOf(place('repeated'))).toEqual(first);
    expect(calls).toEqual([]);
  });

  it('gives everything back after the caller hung up', async () => {
    const charging = Promise.withResolvers<HandlerContext>();
    charge.mockImplementation(async (_, context) => {
      charging.resolve(context);
      await new Promise((_resolve, reject) => {
        context.signal.addEventListener('abort', () => reject(new ConnectError('hung up', Code.Canceled)));
      });
      return {};
    });
    const caller = new AbortController();
    const placing = refusalOf(place('hung-up', caller.signal));
    const context = await charging.promise;
    caller.abort();

    expect(await placing).toMatchObject({ code: Code.Canceled });
    await vi.waitFor(() => expect(calls).toEqual(expect.arrayContaining(['release', 'refund'])));
    expect(context.signal.aborted).toBe(true);
    await vi.waitFor(async () =>
      expect(await orders.getOrder({ orderId: 'hung-up' })).toMatchObject({ state: OrderState.FAILED }),
    );
  });

  it('gives everything back when it is cancelled before it is charged', async () => {
    charge.mockImplementation(async () => {
      await orders.cancelOrder({ orderId: 'cancelled', reason: 'too slow' });
      calls = [];
      return {};
    });

    expect(await refusalOf(place('cancelled'))).toMatchObject({ reason: 'ORDER_CANCELLED' });
    expect(calls).toEqual(expect.arrayContaining(['release', 'refund']));
    expect(await orders.getOrder({ orderId: 'cancelled' })).toMatchObject({ state: OrderState.CANCELLED });
  });
});
