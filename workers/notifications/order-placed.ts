import { create } from '@bufbuild/protobuf';
import type { EventHandler } from '@busline/bus';
import { NotificationSchema } from '@busline/schemas/notifications/v1/notifications';
import type { OrderPlacedSchema } from '@busline/schemas/orders/v1/events';
import { mailboxKey, withNotification } from './mailbox.ts';
import { withSale } from './sales.ts';
import { dayOf } from './shop-day.ts';
import type { Stores } from './store.ts';

/** Tells the customer that an order is on its way, and counts the sale: once each, however often the event comes. */
export function orderPlaced({ mailboxes, sales }: Stores): EventHandler<typeof OrderPlacedSchema> {
  return async ({ orderId, customerId, total, placeTime: time }, { id, time: happened }) => {
    const text = `Your order ${orderId} is on its way.`;
    await mailboxes.updateOnce(mailboxKey(customerId), id, (mailbox) =>
      withNotification(mailbox, create(NotificationSchema, { orderId, text, time })),
    );
    const day = dayOf(happened);
    await sales.updateOnce(day, id, (report) => withSale(report, day, total));
  };
}
