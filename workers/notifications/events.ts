import { type Bus, type EventBinding, on } from '@busline/bus';
import { SalesReportDueSchema } from '@busline/schemas/notifications/v1/events';
import { OrderCancelledSchema, OrderPlacedSchema } from '@busline/schemas/orders/v1/events';
import { orderCancelled } from './order-cancelled.ts';
import { orderPlaced } from './order-placed.ts';
import { salesReportDue } from './sales-report-due.ts';
import { timeZone } from './shop-day.ts';
import { openStores } from './store.ts';

/** In order by order id: nobody hears that an order was cancelled before that it was placed. */
const options = { consumer: 'notifications', orderByKey: true };

/** A moment after the day is over in the shop's time zone. Every instance says so when it starts; one schedule there is. */
const nightly = { name: 'nightly-sales-report', cron: '5 0 * * *', timeZone };

/** What this worker does when others publish. */
export async function events(bus: Bus): Promise<EventBinding[]> {
  const stores = await openStores(bus);
  await bus.schedule(SalesReportDueSchema, nightly, {});
  return [
    on(OrderPlacedSchema, options, orderPlaced(stores)),
    on(OrderCancelledSchema, options, orderCancelled(stores)),
    on(SalesReportDueSchema, { consumer: 'notifications' }, salesReportDue(stores)),
  ];
}
