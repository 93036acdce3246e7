import { type Bus, implement, type ServiceBinding } from '@busline/bus';
import { InventoryService } from '@busline/schemas/inventory/v1/inventory';
import { commitReservation } from './commit-reservation.ts';
import { getStock } from './get-stock.ts';
import { importStock } from './import-stock.ts';
import { listStock } from './list-stock.ts';
import { releaseReservation } from './release-reservation.ts';
import { reserveStock } from './reserve-stock.ts';
import { seed } from './seed.ts';
import { setStock } from './set-stock.ts';
import { openStores } from './store.ts';

/** What this worker serves, with its stores opened and filled with the first goods. */
export async function services(bus: Bus): Promise<ServiceBinding[]> {
  const stores = await openStores(bus);
  await seed(stores);
  return [
    implement(InventoryService, {
      getStock: getStock(stores),
      listStock: listStock(stores),
      setStock: setStock(stores),
      importStock: importStock(stores),
      reserveStock: reserveStock(stores),
      commitReservation: commitReservation(stores),
      releaseReservation: releaseReservation(stores),
    }),
  ];
}
