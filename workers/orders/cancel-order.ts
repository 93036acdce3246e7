import { timestampNow } from '@bufbuild/protobuf/wkt';
import type { OrderService } from '@busline/schemas/orders/v1/orders';
import type { MethodImpl } from '@connectrpc/connect';
import { createAnnounce } from './announce.ts';
import { createGiveBack, type OrderDependencies } from './give-back.ts';
import { cancel, toOrder } from './order.ts';

/** Cancels an order: first the decision is recorded, then goods and money go back, then others are told. */
export function cancelOrder(
  dependencies: OrderDependencies,
): MethodImpl<typeof OrderService.method.cancelOrder> {
  const giveBack = createGiveBack(dependencies);
  const announce = createAnnounce(dependencies);
  return async ({ orderId, reason }) => {
    const now = timestampNow();
    const record = await dependencies.orders.update(orderId, (current) =>
      cancel(current, { orderId, reason, now }),
    );
    return toOrder(await announce(await giveBack(record)));
  };
}
