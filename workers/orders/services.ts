import { type Bus, implement, type ServiceBinding } from '@busline/bus';
import { InventoryService } from '@busline/schemas/inventory/v1/inventory';
import { OrderService } from '@busline/schemas/orders/v1/orders';
import { PaymentService } from '@busline/schemas/payments/v1/payments';
import { cancelOrder } from './cancel-order.ts';
import { checkoutOrder } from './checkout-order.ts';
import { getOrder } from './get-order.ts';
import { listOrders } from './list-orders.ts';
import { placeOrder } from './place-order.ts';
import { openStores } from './store.ts';
import { watchOrder } from './watch-order.ts';

/** What this worker serves, with its store opened and its clients of other services made. */
export async function services(bus: Bus): Promise<ServiceBinding[]> {
  const stores = await openStores(bus);
  const outside = {
    publish: bus.publish,
    inventory: bus.client(InventoryService),
    payments: bus.client(PaymentService),
  };
  return [
    implement(OrderService, {
      placeOrder: placeOrder({ ...stores, ...outside }),
      checkoutOrder: checkoutOrder({ ...stores, ...outside }),
      getOrder: getOrder(stores),
      watchOrder: watchOrder(stores),
      listOrders: listOrders(stores),
      cancelOrder: cancelOrder({ ...stores, ...outside }),
    }),
  ];
}
