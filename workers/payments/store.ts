import type { Bus, Store } from '@busline/bus';
import { PaymentRecordSchema } from '@busline/schemas/payments/v1/state';

/** The worker's state. All instances of the worker share it. */
export interface Stores {
  /** By payment id. */
  readonly payments: Store<typeof PaymentRecordSchema>;
}

/** Opens the store, and creates it when it is missing. */
export async function openStores(bus: Bus): Promise<Stores> {
  return { payments: await bus.openStore({ bucket: 'payments', schema: PaymentRecordSchema }) };
}
