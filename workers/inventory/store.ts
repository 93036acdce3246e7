import type { Bus, Store } from '@busline/bus';
import { ReservationRecordSchema, StockRecordSchema } from '@busline/schemas/inventory/v1/state';

/** The worker's state. All instances of the worker share it. */
export interface Stores {
  /** By SKU. */
  readonly stock: Store<typeof StockRecordSchema>;
  /** By reservation id. */
  readonly reservations: Store<typeof ReservationRecordSchema>;
}

/** Opens the stores, and creates them when they are missing. */
export async function openStores(bus: Bus): Promise<Stores> {
  const [stock, reservations] = await Promise.all([
    bus.openStore({ bucket: 'inventory_stock', schema: StockRecordSchema, outbox: true }),
    bus.openStore({ bucket: 'inventory_reservations', schema: ReservationRecordSchema }),
  ]);
  return { stock, reservations };
}
