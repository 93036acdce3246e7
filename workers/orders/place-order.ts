import { randomUUID } from 'node:crypto';
import { timestampNow } from '@bufbuild/protobuf/wkt';
import type { Reservation } from '@busline/schemas/inventory/v1/inventory';
import { type Order, type OrderService, OrderState } from '@busline/schemas/orders/v1/orders';
import type { OrderRecord } from '@busline/schemas/orders/v1/state';
import type { MethodImpl } from '@connectrpc/connect';
import { createAnnounce } from './announce.ts';
import { isRefusal, notGivenBack, orderCancelled, toError, toFailure } from './errors.ts';
import { createGiveBack, type OrderDependencies } from './give-back.ts';
import { begin, confirm, fail, toOrder } from './order.ts';

/**
 * Places an order: reserves the goods, takes the payment, sells the goods, and records each outcome before
 * anybody hears of it. All calls carry the order's id, and repeating them has no further effect, so an order that
 * was interrupted is completed by running the same steps again.
 */
export function placeOrder(
  dependencies: OrderDependencies,
): MethodImpl<typeof OrderService.method.placeOrder> {
  const { orders, inventory, payments } = dependencies;
  const giveBack = createGiveBack(dependencies);
  const announce = createAnnounce(dependencies);

  async function fulfil(record: OrderRecord): Promise<OrderRecord> {
    const { orderId, lines, paymentToken } = record;
    let reservation: Reservation | undefined;
    try {
      reservation = await inventory.reserveStock({
        reservationId: orderId,
        lines: lines.map(({ sku, quantity }) => ({ sku, quantity })),
      });
      const { total } = reservation;
      await payments.chargePayment({ paymentId: orderId, amount: total, method: { token: paymentToken } });
      const sold = await inventory.commitReservation({ reservationId: orderId });
      return await decide(record, (current) => confirm(current, sold, timestampNow()));
    } catch (error) {
      const refused = isRefusal(error);
      const outcome = {
        state: refused ? OrderState.REJECTED : OrderState.FAILED,
        failure: toFailure(error),
        reservation,
        // Goods that were refused are not reserved, and no payment was tried.
        givingBack: !refused || reservation !== undefined,
        now: timestampNow(),
      };
      return decide(record, (current) => fail(current, outcome));
    }
  }

  /**
   * Records an outcome. When another call with the same id, or a cancellation, decided before, that stands, and
   * whatever this call took goes back.
   */
  async function decide(
    record: OrderRecord,
    change: (current: OrderRecord) => OrderRecord,
  ): Promise<OrderRecord> {
    let overruled = false;
    const decided = await orders.update(record.orderId, (current = record) => {
      const next = change(current);
      overruled = next === current && next.state !== OrderState.CONFIRMED;
      return next;
    });
    return overruled ? { ...decided, givingBack: true } : decided;
  }

  return async (request) => {
    const orderId = request.orderId || randomUUID();
    const now = timestampNow();
    const begun = await orders.update(orderId, (current) => begin(current, { ...request, orderId }, now));
    const record = begun.state === OrderState.PENDING ? await fulfil(begun) : begun;
    const settled = await giveBack(record).catch((error: unknown) => {
      throw notGivenBack(orderId, error);
    });
    return answer(await announce(settled));
  };
}

function answer(record: OrderRecord): Order {
  switch (record.state) {
    case OrderState.CONFIRMED:
      return toOrder(record);
    case OrderState.CANCELLED:
      throw orderCancelled(record.orderId);
    default:
      throw toError(record.failure);
  }
}
