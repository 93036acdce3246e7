import type { Bus, Store } from '@busline/bus';
import { MailboxSchema, SalesReportSchema } from '@busline/schemas/notifications/v1/notifications';

/** The worker's state. All instances of the worker share it. */
export interface Stores {
  /** By customer. */
  readonly mailboxes: Store<typeof MailboxSchema>;
  /** By day. */
  readonly sales: Store<typeof SalesReportSchema>;
}

/** Opens the store, and creates it when it is missing. */
export async function openStores(bus: Bus): Promise<Stores> {
  const [mailboxes, sales] = await Promise.all([
    bus.openStore({ bucket: 'mailboxes', schema: MailboxSchema }),
    bus.openStore({ bucket: 'sales', schema: SalesReportSchema }),
  ]);
  return { mailboxes, sales };
}
