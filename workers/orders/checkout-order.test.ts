import { create } from '@bufbuild/protobuf';
import { type Bus, connect, implement } from '@busline/bus';
import { startNats, type TestNats } from '@busline/bus/testing';
import { State } from '@busline/schemas/busline/durable/v1/operation';
import { ErrorInfoSchema } from '@busline/schemas/google/rpc/error_details';
import {
  InventoryService,
  ReservationSchema,
  ReservationState,
} from '@busline/schemas/inventory/v1/inventory';
import { OrderCancelledSchema, OrderPlacedSchema } from '@busline/schemas/orders/v1/events';
import { OrderService, OrderState } from '@busline/schemas/orders/v1/orders';
import { PaymentService } from '@busline/schemas/payments/v1/payments';
import { Code, ConnectError, type HandlerContext } from '@connectrpc/connect';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { services } from './services.ts';

const reservation = create(ReservationSchema, {
  state: ReservationState.HELD,
  lines: [{ sku: 'mug', quantity: 1, unitPrice: { currencyCode: 'EUR', units: 12n } }],
  total: { currencyCode: 'EUR', units: 12n },
});
const request = { customerId: 'ada', lines: [{ sku: 'mug', quantity: 1 }], paymentToken: 'tok_visa' };
const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** Inventory and payments are played by this test, and write down who called, with which id. */
describe('checkoutOrder', () => {
  let nats: TestNats;
  let bus: Bus;
  let calls: string[] = [];
  const charge = vi.fn(async (_: HandlerContext) => ({}));

  beforeAll(async () => {
    nats = await startNats();
    bus = await connect({ servers: nats.url, logger: silent });
    await bus.applyStreams(await bus.planStreams([OrderPlacedSchema, OrderCancelledSchema]));
    const noted = <T>(step: string, answer: T) => {
      calls.push(step);
      return answer;
    };
    const inventory = implement(InventoryService, {
      reserveStock: ({ reservationId }) => noted(`reserve ${reservationId}`, reservation),
      commitReservation: ({ reservationId }) => noted(`commit ${reservationId}`, reservation),
      releaseReservation: ({ reservationId }) => noted(`release ${reservationId}`, {}),
    });
    const payments = implement(PaymentService, {
      chargePayment({ paymentId }, context) {
        calls.push(`charge ${paymentId}`);
        return charge(context);
      },
      refundPayment: ({ paymentId }) => noted(`refund ${paymentId}`, {}),
    });
    await bus.serve({ name: 'outside', version: '1.0.0', services: [inventory, payments] });
    await bus.serve({ name: 'orders', version: '1.0.0', services: await services(bus) });
  });
  afterEach(() => {
    calls = [];
    charge.mockReset();
    charge.mockResolvedValue({});
  });
  afterAll(async () => {
    await bus.drain();
    await nats.stop();
  });

  const checkout = () => bus.durable(OrderService.method.checkoutOrder).start(request);
  const stored = (orderId: string) => bus.client(OrderService).getOrder({ orderId });

  it('places the order under the id of its operation', async () => {
    const call = await checkout();
    expect(await call.wait()).toMatchObject({ orderId: call.id, state: OrderState.CONFIRMED });
    expect(calls).toEqual([`reserve ${call.id}`, `charge ${call.id}`, `commit ${call.id}`]);
  });

  it('takes the steps again when one cannot be reached, and gives nothing back', async () => {
    charge.mockRejectedValueOnce(new ConnectError('no line', Code.Unavailable));
    const call = await checkout();
    expect(await call.wait()).toMatchObject({ state: OrderState.CONFIRMED });
    const steps = ['reserve', 'charge', 'reserve', 'charge', 'commit'];
    expect(calls).toEqual(steps.map((step) => `${step} ${call.id}`));
    expect(await call.get()).toMatchObject({ attempts: 2 });
  });

  it('undoes the order at once when a step refuses', async () => {
    const declined = { desc: ErrorInfoSchema, value: { reason: 'CARD_DECLINED', domain: 'payments' } };
    charge.mockRejectedValueOnce(
      new ConnectError('declined', Code.FailedPrecondition, undefined, [declined]),
    );
    const call = await checkout();
    await expect(call.wait()).rejects.toMatchObject({ code: Code.FailedPrecondition });
    expect(await stored(call.id)).toMatchObject({ state: OrderState.REJECTED });
    expect(calls.toSorted()).toEqual(
      ['charge', 'refund', 'release', 'reserve'].map((step) => `${step} ${call.id}`),
    );
  });

  it('gives back what it took when it is cancelled', async () => {
    const reached = Promise.withResolvers<void>();
    charge.mockImplementationOnce(
      (context) =>
        new Promise((_, reject) => {
          reached.resolve();
          context.signal.addEventListener('abort', () => reject(context.signal.reason));
        }),
    );
    const call = await checkout();
    await reached.promise;
    await call.cancel();
    await expect(call.wait()).rejects.toMatchObject({ code: Code.Canceled });
    expect(await call.get()).toMatchObject({ state: State.DONE });
    expect(await stored(call.id)).toMatchObject({ state: OrderState.FAILED });
    expect(calls).toEqual(expect.arrayContaining([`release ${call.id}`, `refund ${call.id}`]));
  });
});
