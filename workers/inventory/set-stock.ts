import { create } from '@bufbuild/protobuf';
import { timestampNow } from '@bufbuild/protobuf/wkt';
import type { InventoryService } from '@busline/schemas/inventory/v1/inventory';
import { StockRecordSchema } from '@busline/schemas/inventory/v1/state';
import type { MethodImpl } from '@connectrpc/connect';
import { stockReserved } from './errors.ts';
import { reservedOf, toStockItem } from './stock.ts';
import type { Stores } from './store.ts';

/** Creates or replaces an item; what is reserved stays reserved. */
export function setStock({ stock }: Stores): MethodImpl<typeof InventoryService.method.setStock> {
  return async ({ sku, displayName, onHand, unitPrice }) => {
    const updateTime = timestampNow();
    const record = await stock.update(sku, (current = create(StockRecordSchema, { sku })) => {
      const reserved = reservedOf(current);
      if (onHand < reserved) {
        throw stockReserved({ sku, reserved, requested: onHand });
      }
      return { ...current, displayName, onHand, unitPrice, updateTime };
    });
    return toStockItem(record);
  };
}
