import type { OrderService } from '@busline/schemas/orders/v1/orders';
import type { MethodImpl } from '@connectrpc/connect';
import { orderUnknown } from './errors.ts';
import { toOrder } from './order.ts';
import type { Stores } from './store.ts';

/** Reads one order. */
export function getOrder({ orders }: Stores): MethodImpl<typeof OrderService.method.getOrder> {
  return async ({ orderId }) => {
    const entry = await orders.get(orderId);
    if (entry === undefined) {
      throw orderUnknown(orderId);
    }
    return toOrder(entry.value);
  };
}
