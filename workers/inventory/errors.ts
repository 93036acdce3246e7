import { ErrorInfoSchema } from '@busline/schemas/google/rpc/error_details';
import { Code, ConnectError } from '@connectrpc/connect';

const DOMAIN = 'inventory';
const OUT_OF_STOCK = 'OUT_OF_STOCK';

/** Every error this worker answers with. The contract lists the reasons. */

export function skuUnknown(sku: string): ConnectError {
  return refusal(Code.NotFound, 'SKU_UNKNOWN', { message: `There is no item "${sku}".`, metadata: { sku } });
}

export function outOfStock(line: { sku: string; requested: number; available: number }): ConnectError {
  return refusal(Code.FailedPrecondition, OUT_OF_STOCK, {
    message: `Of "${line.sku}", ${line.available} pieces are available, but ${line.requested} are requested.`,
    metadata: { sku: line.sku, requested: String(line.requested), available: String(line.available) },
  });
}

export function isOutOfStock(error: unknown): error is ConnectError {
  return refusalReason(error) === OUT_OF_STOCK;
}

export function stockReserved(item: { sku: string; reserved: number; requested: number }): ConnectError {
  return refusal(Code.FailedPrecondition, 'STOCK_RESERVED', {
    message: `${item.reserved} pieces of "${item.sku}" are reserved, so on_hand cannot be ${item.requested}. Release reservations first.`,
    metadata: { sku: item.sku, reserved: String(item.reserved) },
  });
}

export function mixedCurrencies(first: string, second: string): ConnectError {
  return refusal(Code.FailedPrecondition, 'MIXED_CURRENCIES', {
    message: `Prices in ${first} and in ${second} cannot be added. Reserve these items separately.`,
    metadata: { first, second },
  });
}

export function reservationUnknown(reservationId: string): ConnectError {
  return refusal(Code.NotFound, 'RESERVATION_UNKNOWN', {
    message: `There is no reservation "${reservationId}".`,
    metadata: { reservationId },
  });
}

export function reservationReleased(reservationId: string): ConnectError {
  return refusal(Code.FailedPrecondition, 'RESERVATION_RELEASED', {
    message: `Reservation "${reservationId}" was released. Reserve under a new id.`,
    metadata: { reservationId },
  });
}

export function reservationNotHeld(reservationId: string): ConnectError {
  return refusal(Code.FailedPrecondition, 'RESERVATION_NOT_HELD', {
    message: `Reservation "${reservationId}" holds no goods, so there is nothing to sell.`,
    metadata: { reservationId },
  });
}

export function reservationIdReused(reservationId: string): ConnectError {
  return refusal(Code.AlreadyExists, 'RESERVATION_ID_REUSED', {
    message: `Reservation "${reservationId}" exists with other lines. Choose a new id.`,
    metadata: { reservationId },
  });
}

/** Reason of an error by which this worker refused something; undefined for any other error. */
export function refusalReason(error: unknown): string | undefined {
  if (!(error instanceof ConnectError)) {
    return undefined;
  }
  return error.findDetails(ErrorInfoSchema).find(({ domain }) => domain === DOMAIN)?.reason;
}

function refusal(
  code: Code,
  reason: string,
  { message, metadata }: { message: string; metadata: Record<string, string> },
): ConnectError {
  return new ConnectError(message, code, undefined, [
    { desc: ErrorInfoSchema, value: { reason, domain: DOMAIN, metadata } },
  ]);
}
