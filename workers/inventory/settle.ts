import { ReservationState } from '@busline/schemas/inventory/v1/inventory';
import type { ReservationRecord } from '@busline/schemas/inventory/v1/state';
import { changeStock } from './change-stock.ts';
import { skuUnknown } from './errors.ts';
import { giveBack, sell } from './stock.ts';
import type { Stores } from './store.ts';

/**
 * Carries a decided reservation over to its items: sells the goods of a committed one, gives back those of a
 * released or refused one. Returns at once when that is done already, so repeating it is cheap; a crash in the
 * middle is mended by the next call.
 */
export async function settle(
  { stock, reservations }: Stores,
  record: ReservationRecord,
): Promise<ReservationRecord> {
  if (record.settled) {
    return record;
  }
  const { reservationId, holdId, sold, state, lines } = record;
  for (const { sku, quantity } of lines) {
    await changeStock(stock, sku, (item) => {
      if (item === undefined) {
        throw skuUnknown(sku);
      }
      return state === ReservationState.COMMITTED
        ? sell(item, holdId)
        : giveBack(item, { holdId, quantity, sold });
    });
  }
  return reservations.update(reservationId, (current = record) =>
    current.state === state && current.holdId === holdId ? { ...current, settled: true } : current,
  );
}
