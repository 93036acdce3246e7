import { type Bus, type EventBinding, on } from '@busline/bus';
import { OrderCancelledSchema, OrderPlacedSchema } from '@busline/schemas/orders/v1/events';
import { orderCancelled } from './order-cancelled.ts';
import { orderPlaced } from './order-placed.ts';
import { openStores } from './store.ts';

/** In order by order id: nobody hears that an order was cancelled before that it was placed. */
const options = { consumer: 'notifications', orderByKey: true };

/** What this worker does when others publish. */
export async function events(bus: Bus): Promise<EventBinding[]> {
  const stores = await openStores(bus);
  return [
    on(OrderPlacedSchema, options, orderPlaced(stores)),
    on(OrderCancelledSchema, options, orderCancelled(stores)),
  ];
}
