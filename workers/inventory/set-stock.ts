import { timestampNow } from '@bufbuild/protobuf/wkt';
import type { InventoryService } from '@busline/schemas/inventory/v1/inventory';
import type { MethodImpl } from '@connectrpc/connect';
import { changeStock } from './change-stock.ts';
import { put, toStockItem } from './stock.ts';
import type { Stores } from './store.ts';

/** Creates or replaces an item; what is reserved stays reserved. */
export function setStock({ stock }: Stores): MethodImpl<typeof InventoryService.method.setStock> {
  return async (item) => {
    const now = timestampNow();
    return toStockItem(await changeStock(stock, item.sku, (current) => put(current, item, now)));
  };
}
