import type { Bus, Store } from '@busline/bus';
import { OrderRecordSchema } from '@busline/schemas/orders/v1/state';

/** The worker's state. All instances of the worker share it. */
export interface Stores {
  /** By order id. */
  readonly orders: Store<typeof OrderRecordSchema>;
}

/** Opens the store, and creates it when it is missing. */
export async function openStores(bus: Bus): Promise<Stores> {
  return { orders: await bus.openStore({ bucket: 'orders', schema: OrderRecordSchema }) };
}
