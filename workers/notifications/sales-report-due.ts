import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { EventHandler } from '@busline/bus';
import type { SalesReportDueSchema } from '@busline/schemas/notifications/v1/events';
import { SalesReportSchema } from '@busline/schemas/notifications/v1/notifications';
import { dayBefore } from './shop-day.ts';
import type { Stores } from './store.ts';

/** Reports the sales of the day that is over, also when it hears of it late. */
export function salesReportDue({ sales }: Stores): EventHandler<typeof SalesReportDueSchema> {
  return async (_, { id, time }) => {
    const day = dayBefore(time);
    await sales.updateOnce(day, id, (report) => ({
      ...(report ?? create(SalesReportSchema, { day })),
      reportTime: timestampFromDate(time),
    }));
  };
}
