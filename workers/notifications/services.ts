import { type Bus, implement, type ServiceBinding } from '@busline/bus';
import { NotificationService } from '@busline/schemas/notifications/v1/notifications';
import { listNotifications } from './list-notifications.ts';
import { listSalesReports } from './list-sales-reports.ts';
import { openStores } from './store.ts';

/** What this worker serves, with its store opened. */
export async function services(bus: Bus): Promise<ServiceBinding[]> {
  const stores = await openStores(bus);
  return [
    implement(NotificationService, {
      listNotifications: listNotifications(stores),
      listSalesReports: listSalesReports(stores),
    }),
  ];
}
