import { ErrorInfoSchema } from '@busline/schemas/google/rpc/error_details';
import { Code, ConnectError } from '@connectrpc/connect';

const DOMAIN = 'payments';

/** Every error this worker answers with. The contract lists the reasons. */

export function cardDeclined(paymentId: string): ConnectError {
  return refusal(Code.FailedPrecondition, 'CARD_DECLINED', {
    message: 'The card was declined. Pay with another one.',
    paymentId,
  });
}

export function paymentVoided(paymentId: string): ConnectError {
  return refusal(Code.FailedPrecondition, 'PAYMENT_VOIDED', {
    message: `Payment "${paymentId}" was refunded before it was charged. Charge under a new id.`,
    paymentId,
  });
}

export function paymentIdReused(paymentId: string): ConnectError {
  return refusal(Code.AlreadyExists, 'PAYMENT_ID_REUSED', {
    message: `Payment "${paymentId}" exists with another amount or card. Choose a new id.`,
    paymentId,
  });
}

export function paymentUnknown(paymentId: string): ConnectError {
  return refusal(Code.NotFound, 'PAYMENT_UNKNOWN', {
    message: `There is no payment "${paymentId}".`,
    paymentId,
  });
}

function refusal(
  code: Code,
  reason: string,
  { message, paymentId }: { message: string; paymentId: string },
): ConnectError {
  return new ConnectError(message, code, undefined, [
    { desc: ErrorInfoSchema, value: { reason, domain: DOMAIN, metadata: { paymentId } } },
  ]);
}
