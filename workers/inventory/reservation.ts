import { create } from '@bufbuild/protobuf';
import type { Timestamp } from '@bufbuild/protobuf/wkt';
import {
  type Reservation,
  ReservationSchema,
  ReservationState,
  type ReserveStockRequest,
} from '@busline/schemas/inventory/v1/inventory';
import {
  type ReservationRecord,
  ReservationRecordSchema,
  type StockRecord,
} from '@busline/schemas/inventory/v1/state';
import {
  outOfStock,
  reservationIdReused,
  reservationNotHeld,
  reservationReleased,
  reservationUnknown,
  skuUnknown,
} from './errors.ts';
import { addMoney, multiplyMoney } from './money.ts';
import { availableOf } from './stock.ts';

/**
 * What happens to one reservation. The functions take the stored record, if there is one, and return the record
 * to store; the same one when there is nothing to change.
 */

/** A reservation about to be made, at the prices of the items. Throws SKU_UNKNOWN, OUT_OF_STOCK, MIXED_CURRENCIES. */
export function quote(
  { reservationId, lines: requested }: ReserveStockRequest,
  items: readonly (StockRecord | undefined)[],
  { holdId, now }: { holdId: string; now: Timestamp },
): ReservationRecord {
  const lines = requested.map(({ sku, quantity }, index) => {
    const item = items[index];
    if (item?.unitPrice === undefined) {
      throw skuUnknown(sku);
    }
    const available = availableOf(item);
    if (available < quantity) {
      throw outOfStock({ sku, requested: quantity, available });
    }
    return { sku, quantity, unitPrice: item.unitPrice };
  });
  return create(ReservationRecordSchema, {
    reservationId,
    lines,
    total: lines.map(({ unitPrice, quantity }) => multiplyMoney(unitPrice, quantity)).reduce(addMoney),
    state: ReservationState.PENDING,
    createTime: now,
    updateTime: now,
    holdId,
  });
}

/**
 * The reservation that an earlier call with the same id made, or undefined when the id is free. Throws
 * RESERVATION_ID_REUSED when that was a call for other lines, RESERVATION_RELEASED when the goods went back.
 */
export function repeated(
  current: ReservationRecord | undefined,
  { reservationId, lines }: ReserveStockRequest,
): ReservationRecord | undefined {
  if (current === undefined || current.state === ReservationState.REFUSED) {
    return undefined;
  }
  if (current.state === ReservationState.RELEASED) {
    throw reservationReleased(reservationId);
  }
  const same =
    lines.length === current.lines.length &&
    lines.every(({ sku, quantity }, index) => {
      const line = current.lines[index];
      return line?.sku === sku && line.quantity === quantity;
    });
  if (!same) {
    throw reservationIdReused(reservationId);
  }
  return current;
}

/** The outcome of setting the goods of one attempt aside, unless that attempt was decided already. */
export function decide(
  current: ReservationRecord,
  attempt: {
    holdId: string;
    state: typeof ReservationState.HELD | typeof ReservationState.REFUSED;
    now: Timestamp;
  },
): ReservationRecord {
  if (current.holdId !== attempt.holdId || current.state !== ReservationState.PENDING) {
    return current;
  }
  // Held goods are in the records of their items already; refused ones have yet to leave them.
  const settled = attempt.state === ReservationState.HELD;
  return { ...current, state: attempt.state, updateTime: attempt.now, settled };
}

/** The goods shall be sold. Throws RESERVATION_UNKNOWN or RESERVATION_NOT_HELD. */
export function commit(
  current: ReservationRecord | undefined,
  { reservationId, now }: { reservationId: string; now: Timestamp },
): ReservationRecord {
  if (current === undefined) {
    throw reservationUnknown(reservationId);
  }
  switch (current.state) {
    case ReservationState.COMMITTED:
      return current;
    case ReservationState.HELD:
      return { ...current, state: ReservationState.COMMITTED, updateTime: now, sold: true, settled: false };
    default:
      throw reservationNotHeld(reservationId);
  }
}

/** The goods shall go back. A reservation that does not exist is recorded as released, which bars its id. */
export function release(
  current: ReservationRecord | undefined,
  { reservationId, now }: { reservationId: string; now: Timestamp },
): ReservationRecord {
  if (current === undefined) {
    return create(ReservationRecordSchema, {
      reservationId,
      state: ReservationState.RELEASED,
      createTime: now,
      updateTime: now,
      settled: true,
    });
  }
  if (current.state === ReservationState.RELEASED) {
    return current;
  }
  return { ...current, state: ReservationState.RELEASED, updateTime: now, settled: false };
}

/** Whether the goods are the caller's: set aside, or sold already. */
export function holdsGoods({ state }: ReservationRecord): boolean {
  return state === ReservationState.HELD || state === ReservationState.COMMITTED;
}

/** The reservation as callers see it. */
export function toReservation(record: ReservationRecord): Reservation {
  const { reservationId, lines, total, state, createTime, updateTime } = record;
  return create(ReservationSchema, { reservationId, lines, total, state, createTime, updateTime });
}
