import { randomBytes } from 'node:crypto';
import { timestampNow } from '@bufbuild/protobuf/wkt';
import {
  type InventoryService,
  type Reservation,
  ReservationState,
  type ReserveStockRequest,
} from '@busline/schemas/inventory/v1/inventory';
import type { ReservationRecord } from '@busline/schemas/inventory/v1/state';
import type { ConnectError, MethodImpl } from '@connectrpc/connect';
import { changeStock } from './change-stock.ts';
import { isOutOfStock, skuUnknown } from './errors.ts';
import { decide, holdsGoods, quote, repeated, toReservation } from './reservation.ts';
import { settle } from './settle.ts';
import { take } from './stock.ts';
import type { Stores } from './store.ts';

/**
 * Sets goods aside, all lines or none. The reservation is recorded first, the goods are taken item by item, and
 * the outcome is recorded last. Whoever meets a reservation without an outcome, because the first caller crashed
 * or is still busy, continues it: every step can be repeated.
 */
export function reserveStock(stores: Stores): MethodImpl<typeof InventoryService.method.reserveStock> {
  const { stock, reservations } = stores;

  async function begin(request: ReserveStockRequest): Promise<ReservationRecord> {
    const entry = await reservations.get(request.reservationId);
    const earlier = repeated(entry?.value, request);
    if (earlier !== undefined) {
      return earlier;
    }
    if (entry !== undefined) {
      await settle(stores, entry.value);
    }
    // Read before anything is written: what cannot be had is refused without a trace, and cheaply.
    const items = await Promise.all(request.lines.map(({ sku }) => stock.get(sku)));
    const quoted = quote(
      request,
      items.map((item) => item?.value),
      { holdId: randomBytes(9).toString('base64url'), now: timestampNow() },
    );
    return reservations.update(request.reservationId, (current) => repeated(current, request) ?? quoted);
  }

  /** The error of the line that could not be met, if any. */
  async function takeAll({ lines, holdId }: ReservationRecord): Promise<ConnectError | undefined> {
    try {
      for (const { sku, quantity } of lines) {
        await changeStock(stock, sku, (item) => {
          if (item === undefined) {
            throw skuUnknown(sku);
          }
          return take(item, { holdId, quantity });
        });
      }
    } catch (error) {
      if (isOutOfStock(error)) {
        return error;
      }
      throw error;
    }
    return undefined;
  }

  return async function reserve(request): Promise<Reservation> {
    const record = await begin(request);
    if (record.state !== ReservationState.PENDING) {
      return toReservation(record);
    }
    const refusal = await takeAll(record);
    const outcome = {
      holdId: record.holdId,
      state: refusal === undefined ? ReservationState.HELD : ReservationState.REFUSED,
      now: timestampNow(),
    };
    const decided = await reservations.update(record.reservationId, (current = record) =>
      decide(current, outcome),
    );
    if (decided.holdId === record.holdId && holdsGoods(decided)) {
      return toReservation(decided);
    }
    await settle(stores, { ...record, state: ReservationState.REFUSED });
    if (refusal !== undefined) {
      throw refusal;
    }
    // Meanwhile the reservation was released, or refused to another caller: what it is now decides.
    return reserve(request);
  };
}
