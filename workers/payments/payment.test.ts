import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { ErrorInfoSchema } from '@busline/schemas/google/rpc/error_details';
import { ChargePaymentRequestSchema, PaymentState } from '@busline/schemas/payments/v1/payments';
import { ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { charge, refund, toPayment } from './payment.ts';

const now = timestampFromMs(1_000);
const later = timestampFromMs(2_000);
const request = (token = 'tok_visa', units = 5n) =>
  create(ChargePaymentRequestSchema, {
    paymentId: 'p1',
    amount: { currencyCode: 'EUR', units },
    method: { token },
  });
const captured = charge(undefined, request(), now);
const declined = charge(undefined, request('tok_declined'), now);
const refunded = refund(captured, { paymentId: 'p1', now: later });
const voided = refund(undefined, { paymentId: 'p1', now });

/** The reason of the error that `run` throws. */
function reasonOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    return ConnectError.from(error).findDetails(ErrorInfoSchema)[0]?.reason;
  }
  return undefined;
}

describe('charge', () => {
  it.each([
    { name: 'a good card', record: captured, state: PaymentState.CAPTURED },
    { name: 'the declined test card', record: declined, state: PaymentState.DECLINED },
  ])('decides over $name', ({ record, state }) => {
    expect(record).toMatchObject({ paymentId: 'p1', state, amount: { currencyCode: 'EUR', units: 5n } });
  });

  it.each([
    { name: 'captured', current: captured, call: request() },
    { name: 'declined', current: declined, call: request('tok_declined') },
    { name: 'refunded', current: refunded, call: request() },
  ])('returns a $name payment when the call is repeated', ({ current, call }) => {
    expect(charge(current, call, later)).toBe(current);
  });

  it.each([
    { name: 'another amount', current: captured, call: request('tok_visa', 6n), reason: 'PAYMENT_ID_REUSED' },
    { name: 'another card', current: captured, call: request('tok_other'), reason: 'PAYMENT_ID_REUSED' },
    { name: 'a voided id', current: voided, call: request(), reason: 'PAYMENT_VOIDED' },
  ])('refuses $name with $reason', ({ current, call, reason }) => {
    expect(reasonOf(() => charge(current, call, later))).toBe(reason);
  });
});

describe('refund', () => {
  it('gives a captured payment back', () => {
    expect(refunded).toMatchObject({ state: PaymentState.REFUNDED, createTime: now, updateTime: later });
  });

  it('voids an unknown id', () => {
    expect(voided).toMatchObject({ paymentId: 'p1', state: PaymentState.VOIDED, token: '' });
  });

  it.each([
    { name: 'refunded', current: refunded },
    { name: 'declined', current: declined },
    { name: 'voided', current: voided },
  ])('leaves a $name payment as it is', ({ current }) => {
    expect(refund(current, { paymentId: 'p1', now: later })).toBe(current);
  });
});

describe('toPayment', () => {
  it('does not show the card', () => {
    expect(JSON.stringify(Object.values(toPayment(captured)), (_, value) => String(value))).not.toContain(
      'tok_',
    );
  });
});
