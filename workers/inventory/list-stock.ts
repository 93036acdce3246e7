import type { InventoryService, StockItem } from '@busline/schemas/inventory/v1/inventory';
import type { MethodImpl } from '@connectrpc/connect';
import { toStockItem } from './stock.ts';
import type { Stores } from './store.ts';

const DEFAULT_PAGE_SIZE = 50;

/** Reads the items page by page. A page token is the SKU that the page before ended with. */
export function listStock({ stock }: Stores): MethodImpl<typeof InventoryService.method.listStock> {
  return async ({ pageSize, pageToken }) => {
    const rest: StockItem[] = [];
    for await (const { key, value } of stock.list()) {
      if (key > pageToken) {
        rest.push(toStockItem(value));
      }
    }
    rest.sort((a, b) => (a.sku < b.sku ? -1 : 1));
    const items = rest.slice(0, pageSize || DEFAULT_PAGE_SIZE);
    return { items, nextPageToken: items.length < rest.length ? items.at(-1)?.sku : '' };
  };
}
