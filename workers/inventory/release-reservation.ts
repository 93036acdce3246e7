import { timestampNow } from '@bufbuild/protobuf/wkt';
import type { InventoryService } from '@busline/schemas/inventory/v1/inventory';
import type { MethodImpl } from '@connectrpc/connect';
import { release, toReservation } from './reservation.ts';
import { settle } from './settle.ts';
import type { Stores } from './store.ts';

/** Gives the goods of a reservation back, whether they were held or sold. */
export function releaseReservation(
  stores: Stores,
): MethodImpl<typeof InventoryService.method.releaseReservation> {
  return async ({ reservationId }) => {
    const now = timestampNow();
    const record = await stores.reservations.update(reservationId, (current) =>
      release(current, { reservationId, now }),
    );
    return toReservation(await settle(stores, record));
  };
}
