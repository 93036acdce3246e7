import { create, equals } from '@bufbuild/protobuf';
import type { Timestamp } from '@bufbuild/protobuf/wkt';
import type { Money } from '@busline/schemas/google/type/money';
import { type StockItem, StockItemSchema } from '@busline/schemas/inventory/v1/inventory';
import {
  HoldSchema,
  SettlementSchema,
  type StockRecord,
  StockRecordSchema,
} from '@busline/schemas/inventory/v1/state';
import { outOfStock, stockReserved } from './errors.ts';

/**
 * What happens to the stock of one item. Every function returns the record to store, the same one when there
 * is nothing to change, so that each step can be repeated: after a crash, by a retried call, or by two
 * instances at once.
 */

/**
 * How many ended holds an item remembers. A hold must be remembered while a delayed repeat of its own call may
 * still arrive. 256 entries take about 6 KiB, small beside what a write costs anyway.
 */
const REMEMBERED_SETTLEMENTS = 256;

/** Goods of one item, within one reservation. */
export interface HeldGoods {
  readonly holdId: string;
  readonly quantity: number;
}

export function reservedOf({ holds }: StockRecord): number {
  return holds.reduce((sum, { quantity }) => sum + quantity, 0);
}

export function availableOf(stock: StockRecord): number {
  return stock.onHand - reservedOf(stock);
}

/** What anybody may say about an item. */
export interface ItemData {
  readonly sku: string;
  readonly displayName: string;
  readonly onHand: number;
  readonly unitPrice?: Money | undefined;
}

/**
 * The item with a new name, count and price; what is reserved stays reserved. Throws STOCK_RESERVED when fewer are on
 * hand than are reserved.
 */
export function put(current: StockRecord | undefined, item: ItemData, now: Timestamp): StockRecord {
  const { sku, displayName, onHand, unitPrice } = item;
  const stock = current ?? create(StockRecordSchema, { sku });
  const reserved = reservedOf(stock);
  if (onHand < reserved) {
    throw stockReserved({ sku, reserved, requested: onHand });
  }
  const next = { ...stock, displayName, onHand, unitPrice, updateTime: stock.updateTime };
  return current !== undefined && equals(StockRecordSchema, current, next)
    ? current
    : { ...next, updateTime: now };
}

/** Sets goods aside. Throws OUT_OF_STOCK when fewer are available. */
export function take(stock: StockRecord, { holdId, quantity }: HeldGoods): StockRecord {
  if (holdOf(stock, holdId) !== undefined || settlementOf(stock, holdId) !== undefined) {
    return stock;
  }
  const available = availableOf(stock);
  if (available < quantity) {
    throw outOfStock({ sku: stock.sku, requested: quantity, available });
  }
  return { ...stock, holds: [...stock.holds, create(HoldSchema, { holdId, quantity })] };
}

/** Takes held goods out of the stock. */
export function sell(stock: StockRecord, holdId: string): StockRecord {
  const hold = holdOf(stock, holdId);
  if (hold === undefined) {
    return stock;
  }
  return settled({ ...stock, onHand: stock.onHand - hold.quantity }, { holdId, sold: true });
}

/**
 * Puts goods back, held or sold. `sold` says what the reservation knows, for goods whose sale this item no
 * longer remembers. Goods that were never taken are barred from being taken later.
 */
export function giveBack(
  stock: StockRecord,
  { holdId, quantity, sold }: HeldGoods & { sold: boolean },
): StockRecord {
  if (holdOf(stock, holdId) !== undefined) {
    return settled(stock, { holdId, sold: false });
  }
  const settlement = settlementOf(stock, holdId);
  if (settlement?.sold === false) {
    return stock;
  }
  const wasSold = settlement?.sold ?? sold;
  return settled({ ...stock, onHand: stock.onHand + (wasSold ? quantity : 0) }, { holdId, sold: false });
}

/** The item as callers see it. */
export function toStockItem(stock: StockRecord): StockItem {
  const { sku, displayName, onHand, unitPrice, updateTime } = stock;
  return create(StockItemSchema, {
    sku,
    displayName,
    onHand,
    reserved: reservedOf(stock),
    available: availableOf(stock),
    unitPrice,
    updateTime,
  });
}

function holdOf({ holds }: StockRecord, holdId: string) {
  return holds.find((hold) => hold.holdId === holdId);
}

function settlementOf({ settlements }: StockRecord, holdId: string) {
  return settlements.find((settlement) => settlement.holdId === holdId);
}

/** Ends a hold and remembers how. */
function settled(stock: StockRecord, settlement: { holdId: string; sold: boolean }): StockRecord {
  const others = stock.settlements.filter(({ holdId }) => holdId !== settlement.holdId);
  return {
    ...stock,
    holds: stock.holds.filter(({ holdId }) => holdId !== settlement.holdId),
    settlements: [...others, create(SettlementSchema, settlement)].slice(-REMEMBERED_SETTLEMENTS),
  };
}
