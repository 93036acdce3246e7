import { create } from '@bufbuild/protobuf';
import type { Timestamp } from '@bufbuild/protobuf/wkt';
import type { Reservation } from '@busline/schemas/inventory/v1/inventory';
import {
  type Order,
  type OrderFailure,
  OrderSchema,
  OrderState,
  type PlaceOrderRequest,
} from '@busline/schemas/orders/v1/orders';
import { type OrderRecord, OrderRecordSchema } from '@busline/schemas/orders/v1/state';
import { orderIdReused, orderNotPlaced, orderUnknown } from './errors.ts';

/**
 * What happens to one order. The functions take the stored record, if there is one, and return the record to
 * store; the same one when there is nothing to change. Only a pending order can be confirmed or fail, so of two
 * processes that work on the same order one decides, and the other follows.
 */

/** A new order, or the one that an earlier call with the same id made. Throws ORDER_ID_REUSED. */
export function begin(
  current: OrderRecord | undefined,
  request: PlaceOrderRequest & { orderId: string },
  now: Timestamp,
): OrderRecord {
  const { orderId, customerId, paymentToken, lines } = request;
  if (current === undefined) {
    return create(OrderRecordSchema, {
      orderId,
      customerId,
      paymentToken,
      lines: lines.map(({ sku, quantity }) => ({ sku, quantity })),
      state: OrderState.PENDING,
      createTime: now,
      updateTime: now,
    });
  }
  const same =
    customerId === current.customerId &&
    paymentToken === current.paymentToken &&
    lines.length === current.lines.length &&
    lines.every(({ sku, quantity }, index) => {
      const line = current.lines[index];
      return line?.sku === sku && line.quantity === quantity;
    });
  if (!same) {
    throw orderIdReused(orderId);
  }
  return current;
}

/** The goods are sold and paid; others shall be told. */
export function confirm(current: OrderRecord, reservation: Reservation, now: Timestamp): OrderRecord {
  if (current.state !== OrderState.PENDING) {
    return current;
  }
  return { ...priced(current, reservation), state: OrderState.CONFIRMED, announcing: true, updateTime: now };
}

/** How an order did not come about. */
export interface Failing {
  readonly state: typeof OrderState.REJECTED | typeof OrderState.FAILED;
  readonly failure: OrderFailure;
  /** The goods, as far as they are known to have been reserved. */
  readonly reservation: Reservation | undefined;
  /** Whether goods or money may have been taken. */
  readonly givingBack: boolean;
  readonly now: Timestamp;
}

/** The order did not come about; what was taken shall be given back. */
export function fail(
  current: OrderRecord,
  { state, failure, reservation, givingBack, now }: Failing,
): OrderRecord {
  if (current.state !== OrderState.PENDING) {
    return current;
  }
  const known = reservation === undefined ? current : priced(current, reservation);
  return { ...known, state, failure, givingBack, updateTime: now };
}

/** The customer does not want it any more; what was taken shall be given back, and others told. Throws ORDER_UNKNOWN, ORDER_NOT_PLACED. */
export function cancel(
  current: OrderRecord | undefined,
  { orderId, reason, now }: { orderId: string; reason: string; now: Timestamp },
): OrderRecord {
  if (current === undefined) {
    throw orderUnknown(orderId);
  }
  if (current.state === OrderState.PENDING || current.state === OrderState.CONFIRMED) {
    return {
      ...current,
      state: OrderState.CANCELLED,
      cancelReason: reason,
      givingBack: true,
      announcing: true,
      updateTime: now,
    };
  }
  if (current.state === OrderState.CANCELLED || current.givingBack) {
    return current;
  }
  throw orderNotPlaced(orderId);
}

/** Whether nothing more happens to the order unless somebody cancels it. */
export function isSettled({ state, givingBack }: OrderRecord): boolean {
  return state !== OrderState.PENDING && !givingBack;
}

/** The order as callers see it: without the card. */
export function toOrder(record: OrderRecord): Order {
  const { orderId, customerId, lines, total, state, failure, cancelReason, createTime, updateTime } = record;
  return create(OrderSchema, {
    orderId,
    customerId,
    lines,
    total,
    state,
    failure,
    cancelReason,
    createTime,
    updateTime,
  });
}

function priced(record: OrderRecord, { lines, total }: Reservation): OrderRecord {
  const priceOf = new Map(lines.map(({ sku, unitPrice }) => [sku, unitPrice]));
  return {
    ...record,
    total,
    lines: record.lines.map((line) => ({ ...line, unitPrice: priceOf.get(line.sku) })),
  };
}
