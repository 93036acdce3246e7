import { create, equals } from '@bufbuild/protobuf';
import type { Timestamp } from '@bufbuild/protobuf/wkt';
import { MoneySchema } from '@busline/schemas/google/type/money';
import {
  type ChargePaymentRequest,
  type Payment,
  PaymentSchema,
  PaymentState,
} from '@busline/schemas/payments/v1/payments';
import { type PaymentRecord, PaymentRecordSchema } from '@busline/schemas/payments/v1/state';
import { paymentIdReused, paymentVoided } from './errors.ts';

/** The test card that is always declined. */
const DECLINED_TOKEN = 'tok_declined';

/**
 * What happens to one payment. The functions take the stored record, if there is one, and return the record to
 * store; the same one when there is nothing to change.
 */

/** The outcome of a charge, which may be that it was declined. Throws PAYMENT_VOIDED or PAYMENT_ID_REUSED. */
export function charge(
  current: PaymentRecord | undefined,
  { paymentId, amount, method }: ChargePaymentRequest,
  now: Timestamp,
): PaymentRecord {
  const token = method?.token ?? '';
  if (current === undefined) {
    const state = token === DECLINED_TOKEN ? PaymentState.DECLINED : PaymentState.CAPTURED;
    return create(PaymentRecordSchema, {
      paymentId,
      amount,
      token,
      state,
      createTime: now,
      updateTime: now,
    });
  }
  if (current.state === PaymentState.VOIDED) {
    throw paymentVoided(paymentId);
  }
  const sameAmount =
    amount !== undefined && current.amount !== undefined && equals(MoneySchema, amount, current.amount);
  if (!sameAmount || token !== current.token) {
    throw paymentIdReused(paymentId);
  }
  return current;
}

/** The payment given back. A payment that does not exist is recorded as voided, which bars its id. */
export function refund(
  current: PaymentRecord | undefined,
  { paymentId, now }: { paymentId: string; now: Timestamp },
): PaymentRecord {
  if (current === undefined) {
    return create(PaymentRecordSchema, {
      paymentId,
      state: PaymentState.VOIDED,
      createTime: now,
      updateTime: now,
    });
  }
  if (current.state !== PaymentState.CAPTURED) {
    return current;
  }
  return { ...current, state: PaymentState.REFUNDED, updateTime: now };
}

/** The payment as callers see it: without the card. */
export function toPayment({ paymentId, amount, state, createTime, updateTime }: PaymentRecord): Payment {
  return create(PaymentSchema, { paymentId, amount, state, createTime, updateTime });
}
