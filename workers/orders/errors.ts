import { create } from '@bufbuild/protobuf';
import { ErrorInfoSchema } from '@busline/schemas/google/rpc/error_details';
import { type OrderFailure, OrderFailureSchema } from '@busline/schemas/orders/v1/orders';
import { Code, ConnectError } from '@connectrpc/connect';

const DOMAIN = 'orders';

/** Every error this worker answers with. The contract lists the reasons. */

export function orderUnknown(orderId: string): ConnectError {
  return refusal(Code.NotFound, 'ORDER_UNKNOWN', { message: `There is no order "${orderId}".`, orderId });
}

export function orderIdReused(orderId: string): ConnectError {
  return refusal(Code.AlreadyExists, 'ORDER_ID_REUSED', {
    message: `Order "${orderId}" exists with another customer, other lines or another card. Choose a new id.`,
    orderId,
  });
}

export function orderNotPlaced(orderId: string): ConnectError {
  return refusal(Code.FailedPrecondition, 'ORDER_NOT_PLACED', {
    message: `Order "${orderId}" did not come about, so there is nothing to cancel.`,
    orderId,
  });
}

export function orderCancelled(orderId: string): ConnectError {
  return refusal(Code.FailedPrecondition, 'ORDER_CANCELLED', {
    message: `Order "${orderId}" was cancelled. Place a new one under a new id.`,
    orderId,
  });
}

export function notGivenBack(orderId: string, cause: unknown): ConnectError {
  return refusal(Code.Unavailable, 'ORDER_NOT_SETTLED', {
    message: `Order "${orderId}" did not come about, and what it took could not be given back yet. Cancel it, or place it again under its id, to complete that.`,
    orderId,
    cause,
  });
}

export function notAnnounced(orderId: string, cause: unknown): ConnectError {
  return refusal(Code.Unavailable, 'ORDER_NOT_ANNOUNCED', {
    message: `What became of order "${orderId}" is decided, and others could not be told yet. Repeat the call to complete that.`,
    orderId,
    cause,
  });
}

function refusal(
  code: Code,
  reason: string,
  { message, orderId, cause }: { message: string; orderId: string; cause?: unknown },
): ConnectError {
  const info = { desc: ErrorInfoSchema, value: { reason, domain: DOMAIN, metadata: { orderId } } };
  return new ConnectError(message, code, undefined, [info], cause);
}

/** Reasons of other services for which an order is rejected: the customer can do something about them. */
const REFUSALS: ReadonlySet<string> = new Set([
  'SKU_UNKNOWN',
  'OUT_OF_STOCK',
  'MIXED_CURRENCIES',
  'CARD_DECLINED',
]);

/** Whether a service refused for a reason of its own, so that nothing happened there. */
export function isRefusal(error: unknown): boolean {
  return (
    error instanceof ConnectError &&
    error.findDetails(ErrorInfoSchema).some(({ reason }) => REFUSALS.has(reason))
  );
}

/** An error as it is kept with the order. The text of an unexpected one is left out: it is not for callers. */
export function toFailure(error: unknown): OrderFailure {
  if (!(error instanceof ConnectError)) {
    return create(OrderFailureSchema, { code: Code.Internal, message: 'The order could not be placed.' });
  }
  const info = error.findDetails(ErrorInfoSchema)[0];
  return create(OrderFailureSchema, {
    code: error.code,
    message: error.rawMessage,
    reason: info?.reason,
    domain: info?.domain,
    metadata: info?.metadata,
  });
}

/** The error that a kept failure stands for: callers get the same one however often they ask. */
export function toError(failure: OrderFailure | undefined): ConnectError {
  const { code, message, reason, domain, metadata } = failure ?? toFailure(undefined);
  const details = reason === '' ? [] : [{ desc: ErrorInfoSchema, value: { reason, domain, metadata } }];
  return new ConnectError(message, code, undefined, details);
}
