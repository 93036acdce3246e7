import type { InventoryService } from '@busline/schemas/inventory/v1/inventory';
import type { MethodImpl } from '@connectrpc/connect';
import { skuUnknown } from './errors.ts';
import { toStockItem } from './stock.ts';
import type { Stores } from './store.ts';

/** Reads one item. */
export function getStock({ stock }: Stores): MethodImpl<typeof InventoryService.method.getStock> {
  return async ({ sku }) => {
    const entry = await stock.get(sku);
    if (entry === undefined) {
      throw skuUnknown(sku);
    }
    return toStockItem(entry.value);
  };
}
