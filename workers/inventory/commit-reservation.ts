import { timestampNow } from '@bufbuild/protobuf/wkt';
import type { InventoryService } from '@busline/schemas/inventory/v1/inventory';
import type { MethodImpl } from '@connectrpc/connect';
import { commit, toReservation } from './reservation.ts';
import { settle } from './settle.ts';
import type { Stores } from './store.ts';

/** Sells the goods of a reservation. */
export function commitReservation(
  stores: Stores,
): MethodImpl<typeof InventoryService.method.commitReservation> {
  return async ({ reservationId }) => {
    const now = timestampNow();
    const record = await stores.reservations.update(reservationId, (current) =>
      commit(current, { reservationId, now }),
    );
    return toReservation(await settle(stores, record));
  };
}
