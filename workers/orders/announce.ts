import { detached } from '@busline/bus';
import { OrderCancelledSchema, OrderPlacedSchema } from '@busline/schemas/orders/v1/events';
import { OrderState } from '@busline/schemas/orders/v1/orders';
import type { OrderRecord } from '@busline/schemas/orders/v1/state';
import { notAnnounced } from './errors.ts';
import type { OrderDependencies } from './give-back.ts';

/**
 * Makes the function that tells others what became of an order, as far as they were not told, and records that this is
 * done. It may run any number of times: the id of the event follows from the order, so the broker stores it once.
 *
 * It does not end with the call it serves. The function rejects with ORDER_NOT_ANNOUNCED when the event could not be
 * stored; the record then still says that others are to be told.
 */
export function createAnnounce({
  orders,
  publish,
}: OrderDependencies): (record: OrderRecord) => Promise<OrderRecord> {
  async function announce(record: OrderRecord): Promise<OrderRecord> {
    const { orderId, customerId, total, updateTime, cancelReason } = record;
    try {
      if (record.state === OrderState.CANCELLED) {
        const event = { orderId, customerId, reason: cancelReason, cancelTime: updateTime };
        await publish(OrderCancelledSchema, event, { id: `${orderId}:cancelled` });
      } else {
        const event = { orderId, customerId, total, placeTime: updateTime };
        await publish(OrderPlacedSchema, event, { id: `${orderId}:placed` });
      }
    } catch (error) {
      throw notAnnounced(orderId, error);
    }
    // It may have been cancelled meanwhile, which others are still to be told.
    return orders.update(orderId, (current = record) =>
      current.state === record.state ? { ...current, announcing: false } : current,
    );
  }

  return async (record) => (record.announcing ? detached(() => announce(record)) : record);
}
