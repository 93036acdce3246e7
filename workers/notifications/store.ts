import type { Bus, Store } from '@busline/bus';
import { MailboxSchema } from '@busline/schemas/notifications/v1/notifications';

/** The worker's state. All instances of the worker share it. */
export interface Stores {
  /** By customer. */
  readonly mailboxes: Store<typeof MailboxSchema>;
}

/** Opens the store, and creates it when it is missing. */
export async function openStores(bus: Bus): Promise<Stores> {
  return { mailboxes: await bus.openStore({ bucket: 'mailboxes', schema: MailboxSchema }) };
}
