import { equals } from '@bufbuild/protobuf';
import { type Order, OrderSchema, type OrderService } from '@busline/schemas/orders/v1/orders';
import type { MethodImpl } from '@connectrpc/connect';
import { orderUnknown } from './errors.ts';
import { isSettled, toOrder } from './order.ts';
import type { Stores } from './store.ts';

/** Tells an order now and at each change, until it is settled. */
export function watchOrder({ orders }: Stores): MethodImpl<typeof OrderService.method.watchOrder> {
  return async function* ({ orderId }, { signal }) {
    if ((await orders.get(orderId)) === undefined) {
      throw orderUnknown(orderId);
    }
    let told: Order | undefined;
    for await (const { value } of orders.watch(orderId, { signal })) {
      const order = toOrder(value);
      // What only this worker keeps in the record may change without any change to the order.
      if (told === undefined || !equals(OrderSchema, told, order)) {
        told = order;
        yield order;
      }
      if (isSettled(value)) {
        return;
      }
    }
  };
}
