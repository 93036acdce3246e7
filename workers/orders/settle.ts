import { type Order, OrderState } from '@busline/schemas/orders/v1/orders';
import type { OrderRecord } from '@busline/schemas/orders/v1/state';
import { createAnnounce } from './announce.ts';
import { notGivenBack, orderCancelled, toError } from './errors.ts';
import { createGiveBack, type OrderDependencies } from './give-back.ts';
import { toOrder } from './order.ts';

/**
 * Makes the function that does what follows from the outcome of an order, and answers with the order or with the error
 * that it ended with: it gives back what the order took and does not need, and tells others.
 */
export function createSettle(dependencies: OrderDependencies): (record: OrderRecord) => Promise<Order> {
  const giveBack = createGiveBack(dependencies);
  const announce = createAnnounce(dependencies);
  return async (record) => {
    const settled = await giveBack(record).catch((error: unknown) => {
      throw notGivenBack(record.orderId, error);
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
