import { create } from '@bufbuild/protobuf';
import { timestampNow } from '@bufbuild/protobuf/wkt';
import {
  type ImportStockRequest,
  type ImportStockResponse,
  ImportStockResponseSchema,
  type InventoryService,
  RefusedStockLineSchema,
} from '@busline/schemas/inventory/v1/inventory';
import { ConnectError, type MethodImpl } from '@connectrpc/connect';
import { changeStock } from './change-stock.ts';
import { refusalReason } from './errors.ts';
import { forEachConcurrently } from './for-each-concurrently.ts';
import { put } from './stock.ts';
import type { Stores } from './store.ts';

/** Lines written at once: a write waits for the broker most of its time. More gained nothing. */
const LINES_AT_ONCE = 64;

/** Refused lines that are told; the answer stays small however many there are. */
const MAX_REFUSED_LINES = 1_000;

/** Creates or replaces items, one per line, each for itself. */
export function importStock({ stock }: Stores): MethodImpl<typeof InventoryService.method.importStock> {
  async function importLine(line: ImportStockRequest, lineNumber: number, tally: ImportStockResponse) {
    const now = timestampNow();
    let outcome: 'createdCount' | 'updatedCount' | 'unchangedCount' = 'unchangedCount';
    try {
      await changeStock(stock, line.sku, (current) => {
        const next = put(current, line, now);
        outcome =
          current === undefined ? 'createdCount' : next === current ? 'unchangedCount' : 'updatedCount';
        return next;
      });
      tally[outcome] += 1;
    } catch (error) {
      const reason = refusalReason(error);
      if (reason === undefined) {
        throw error;
      }
      const { rawMessage: message } = ConnectError.from(error);
      tally.refusedCount += 1;
      tally.refusedLines.push(create(RefusedStockLineSchema, { lineNumber, sku: line.sku, reason, message }));
      if (tally.refusedLines.length >= 2 * MAX_REFUSED_LINES) {
        keepFirst(tally);
      }
    }
  }

  return async (lines) => {
    const tally = create(ImportStockResponseSchema);
    let lineNumber = 0;
    await forEachConcurrently(lines, LINES_AT_ONCE, (line) => {
      lineNumber += 1;
      return importLine(line, lineNumber, tally);
    });
    keepFirst(tally);
    return tally;
  };
}

/** Lines end out of order: which refused ones are the first is known only later. */
function keepFirst({ refusedLines }: ImportStockResponse): void {
  refusedLines.sort((a, b) => a.lineNumber - b.lineNumber).splice(MAX_REFUSED_LINES);
}
