import { randomUUID } from 'node:crypto';
import { timestampNow } from '@bufbuild/protobuf/wkt';
import { type OrderService, OrderState } from '@busline/schemas/orders/v1/orders';
import type { MethodImpl } from '@connectrpc/connect';
import { createFulfil } from './fulfil.ts';
import type { OrderDependencies } from './give-back.ts';
import { begin } from './order.ts';
import { createSettle } from './settle.ts';

/**
 * Places an order while its caller waits. All steps carry the order's id, and repeating them has no further effect, so an
 * order that was interrupted is completed by running the same steps again.
 */
export function placeOrder(
  dependencies: OrderDependencies,
): MethodImpl<typeof OrderService.method.placeOrder> {
  const { orders } = dependencies;
  const fulfil = createFulfil(dependencies);
  const settle = createSettle(dependencies);

  return async (request) => {
    const orderId = request.orderId || randomUUID();
    const now = timestampNow();
    const begun = await orders.update(orderId, (current) => begin(current, { ...request, orderId }, now));
    return settle(begun.state === OrderState.PENDING ? await fulfil(begun) : begun);
  };
}
