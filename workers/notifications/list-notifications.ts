import type { NotificationService } from '@busline/schemas/notifications/v1/notifications';
import type { MethodImpl } from '@connectrpc/connect';
import { mailboxKey } from './mailbox.ts';
import type { Stores } from './store.ts';

/** Lists what a customer was told. */
export function listNotifications({
  mailboxes,
}: Stores): MethodImpl<typeof NotificationService.method.listNotifications> {
  return async ({ customerId }) => ({
    notifications: (await mailboxes.get(mailboxKey(customerId)))?.value.notifications ?? [],
  });
}
