import { timestampNow } from '@bufbuild/protobuf/wkt';
import { StockChangedSchema } from '@busline/schemas/inventory/v1/events';
import type { StockRecord } from '@busline/schemas/inventory/v1/state';
import { availableOf } from './stock.ts';
import type { Stores } from './store.ts';

/**
 * Changes the stock of an item, and tells others when there is more or less of it: the record and the event are one write, so
 * that nobody hears of what did not happen, and nothing happens unheard. `change` may run several times.
 */
export function changeStock(
  stock: Stores['stock'],
  sku: string,
  change: (current: StockRecord | undefined) => StockRecord,
): Promise<StockRecord> {
  return stock.update(sku, (current, emit) => {
    const next = change(current);
    const { onHand } = next;
    const available = availableOf(next);
    const same = current !== undefined && current.onHand === onHand && availableOf(current) === available;
    if (!same) {
      const event = { sku, onHand, available, changeTime: timestampNow() };
      // What is true now: an item that many order at once tells it once.
      emit(StockChangedSchema, event, { replacesWaiting: true });
    }
    return next;
  });
}
