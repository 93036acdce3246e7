import { type Bus, detached } from '@busline/bus';
import type { InventoryService } from '@busline/schemas/inventory/v1/inventory';
import type { OrderRecord } from '@busline/schemas/orders/v1/state';
import type { PaymentService } from '@busline/schemas/payments/v1/payments';
import type { Client } from '@connectrpc/connect';
import type { Stores } from './store.ts';

/** What placing and cancelling orders works with. */
export interface OrderDependencies extends Stores {
  readonly publish: Bus['publish'];
  readonly inventory: Client<typeof InventoryService>;
  readonly payments: Client<typeof PaymentService>;
}

/**
 * Makes the function that returns the goods and the money of an order, as far as they were taken, and records
 * that this is done. It may run at any time and any number of times: both services know what they hold by the
 * order's id, and bar an id that a delayed call could still use.
 *
 * It does not end with the call it serves. A caller who hangs up, or whose deadline passes, is the most common
 * reason to give something back, so the calls made here leave that call's deadline and cancellation behind.
 *
 * The function rejects with ConnectError when a service cannot be reached; the record then still says that there
 * is something to give back.
 */
export function createGiveBack({
  orders,
  inventory,
  payments,
}: OrderDependencies): (record: OrderRecord) => Promise<OrderRecord> {
  async function giveBack(record: OrderRecord): Promise<OrderRecord> {
    const { orderId } = record;
    await Promise.all([
      inventory.releaseReservation({ reservationId: orderId }),
      payments.refundPayment({ paymentId: orderId }),
    ]);
    return orders.update(orderId, (current = record) => ({ ...current, givingBack: false }));
  }

  return async (record) => (record.givingBack ? detached(() => giveBack(record)) : record);
}
