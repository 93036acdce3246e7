import type { Order, OrderService } from '@busline/schemas/orders/v1/orders';
import type { MethodImpl } from '@connectrpc/connect';
import { toOrder } from './order.ts';
import type { Stores } from './store.ts';

const DEFAULT_PAGE_SIZE = 50;

/** Reads orders page by page. A page token is the order id that the page before ended with. */
export function listOrders({ orders }: Stores): MethodImpl<typeof OrderService.method.listOrders> {
  return async ({ pageSize, pageToken, customerId }) => {
    const rest: Order[] = [];
    for await (const { key, value } of orders.list()) {
      if (key > pageToken && (customerId === '' || customerId === value.customerId)) {
        rest.push(toOrder(value));
      }
    }
    rest.sort((a, b) => (a.orderId < b.orderId ? -1 : 1));
    const page = rest.slice(0, pageSize || DEFAULT_PAGE_SIZE);
    return { orders: page, nextPageToken: page.length < rest.length ? page.at(-1)?.orderId : '' };
  };
}
