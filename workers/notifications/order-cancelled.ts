import { create } from '@bufbuild/protobuf';
import type { EventHandler } from '@busline/bus';
import { NotificationSchema } from '@busline/schemas/notifications/v1/notifications';
import type { OrderCancelledSchema } from '@busline/schemas/orders/v1/events';
import { mailboxKey, withNotification } from './mailbox.ts';
import type { Stores } from './store.ts';

/** Tells the customer that an order was cancelled: once, however often the event comes. */
export function orderCancelled({ mailboxes }: Stores): EventHandler<typeof OrderCancelledSchema> {
  return async ({ orderId, customerId, cancelTime: time }, { id }) => {
    const text = `Your order ${orderId} was cancelled.`;
    await mailboxes.updateOnce(mailboxKey(customerId), id, (mailbox) =>
      withNotification(mailbox, create(NotificationSchema, { orderId, text, time })),
    );
  };
}
