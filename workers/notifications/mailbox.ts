import { create } from '@bufbuild/protobuf';
import {
  type Mailbox,
  MailboxSchema,
  type Notification,
} from '@busline/schemas/notifications/v1/notifications';

const KEPT = 100;

/** A mailbox with one more notification, and no more than it keeps. */
export function withNotification(mailbox: Mailbox | undefined, notification: Notification): Mailbox {
  return create(MailboxSchema, {
    notifications: [...(mailbox?.notifications ?? []), notification].slice(-KEPT),
  });
}

/** Key of a customer's mailbox: ids may hold what a key may not. */
export function mailboxKey(customerId: string): string {
  return Buffer.from(customerId, 'utf8').toString('base64url');
}
