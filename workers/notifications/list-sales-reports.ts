import type { NotificationService, SalesReport } from '@busline/schemas/notifications/v1/notifications';
import type { MethodImpl } from '@connectrpc/connect';
import type { Stores } from './store.ts';

/** Lists the days that were reported. */
export function listSalesReports({
  sales,
}: Stores): MethodImpl<typeof NotificationService.method.listSalesReports> {
  return async () => {
    const reports: SalesReport[] = [];
    for await (const { value } of sales.list()) if (value.reportTime !== undefined) reports.push(value);
    return { reports: reports.toSorted((a, b) => (a.day < b.day ? -1 : 1)) };
  };
}
