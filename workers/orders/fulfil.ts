import { timestampNow } from '@bufbuild/protobuf/wkt';
import type { Reservation } from '@busline/schemas/inventory/v1/inventory';
import { CheckoutStep, OrderState } from '@busline/schemas/orders/v1/orders';
import type { OrderRecord } from '@busline/schemas/orders/v1/state';
import { isRefusal, toFailure } from './errors.ts';
import type { OrderDependencies } from './give-back.ts';
import { confirm, fail } from './order.ts';

/** How the steps of an order are taken. */
export interface Fulfilment {
  /** Hears of each step before it is taken; what it throws counts as the failure of that step. */
  onStep?(step: CheckoutStep): Promise<void>;
  /**
   * Whether an order whose step failed, and was not refused, is kept pending, for the same steps to be taken again: the
   * error is then thrown. Default: it fails.
   */
  triesAgain?(error: unknown): boolean;
}

/**
 * Makes the function that takes the steps of a pending order: it reserves the goods, takes the payment, sells the goods,
 * and records the outcome before anybody hears of it. Every step carries the order's id, and repeating it has no further
 * effect.
 */
export function createFulfil({
  orders,
  inventory,
  payments,
}: OrderDependencies): (record: OrderRecord, fulfilment?: Fulfilment) => Promise<OrderRecord> {
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

  return async function fulfil(record, { onStep, triesAgain = () => false } = {}) {
    const { orderId, lines, paymentToken } = record;
    let reservation: Reservation | undefined;
    try {
      await onStep?.(CheckoutStep.RESERVE);
      reservation = await inventory.reserveStock({
        reservationId: orderId,
        lines: lines.map(({ sku, quantity }) => ({ sku, quantity })),
      });
      const { total } = reservation;
      await onStep?.(CheckoutStep.CHARGE);
      await payments.chargePayment({ paymentId: orderId, amount: total, method: { token: paymentToken } });
      await onStep?.(CheckoutStep.COMMIT);
      const sold = await inventory.commitReservation({ reservationId: orderId });
      return await decide(record, (current) => confirm(current, sold, timestampNow()));
    } catch (error) {
      const refused = isRefusal(error);
      if (!refused && triesAgain(error)) throw error;
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
  };
}
