import { type Bus, connect } from '@busline/bus';
import { startNats, type TestNats } from '@busline/bus/testing';
import { ErrorInfoSchema } from '@busline/schemas/google/rpc/error_details';
import { PaymentService, PaymentState } from '@busline/schemas/payments/v1/payments';
import { type Client, Code, ConnectError, createClient } from '@connectrpc/connect';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { services } from './services.ts';

describe('payments', () => {
  let nats: TestNats;
  let bus: Bus;
  let payments: Client<typeof PaymentService>;

  beforeAll(async () => {
    nats = await startNats();
    bus = await connect({ servers: nats.url });
    await bus.serve({ name: 'payments', version: '1.0.0', services: await services(bus) });
    payments = createClient(PaymentService, bus.transport());
  });

  afterAll(async () => {
    await bus?.drain();
    await nats?.stop();
  });

  const charge = (paymentId: string, token = 'tok_visa', units = 5n) =>
    payments.chargePayment({ paymentId, amount: { currencyCode: 'EUR', units }, method: { token } });

  /** The code and reason of the error that a call fails with. */
  async function refusalOf(call: Promise<unknown>) {
    const error = await call.then(
      () => undefined,
      (reason: unknown) => ConnectError.from(reason),
    );
    return { code: error?.code, reason: error?.findDetails(ErrorInfoSchema)[0]?.reason };
  }

  it('charges once, however often it is asked to', async () => {
    const [first, ...others] = await Promise.all(Array.from({ length: 5 }, () => charge('once')));

    expect(first).toMatchObject({ state: PaymentState.CAPTURED, amount: { currencyCode: 'EUR', units: 5n } });
    expect(others).toEqual(others.map(() => first));
    expect(await payments.getPayment({ paymentId: 'once' })).toEqual(first);
  });

  it('declines the test card, each time, and shows it', async () => {
    const refusals = [
      await refusalOf(charge('declined', 'tok_declined')),
      await refusalOf(charge('declined', 'tok_declined')),
    ];

    expect(refusals).toEqual(
      refusals.map(() => ({ code: Code.FailedPrecondition, reason: 'CARD_DECLINED' })),
    );
    expect(await payments.getPayment({ paymentId: 'declined' })).toMatchObject({
      state: PaymentState.DECLINED,
    });
  });

  it('refunds once', async () => {
    await charge('back');
    const first = await payments.refundPayment({ paymentId: 'back' });

    expect(first.state).toBe(PaymentState.REFUNDED);
    expect(await payments.refundPayment({ paymentId: 'back' })).toEqual(first);
  });

  it('does not charge what was refunded before', async () => {
    const voided = await payments.refundPayment({ paymentId: 'early' });

    expect(voided.state).toBe(PaymentState.VOIDED);
    expect(await refusalOf(charge('early'))).toEqual({
      code: Code.FailedPrecondition,
      reason: 'PAYMENT_VOIDED',
    });
  });

  it('refuses an id that belongs to another payment', async () => {
    await charge('taken');

    expect(await refusalOf(charge('taken', 'tok_visa', 6n))).toEqual({
      code: Code.AlreadyExists,
      reason: 'PAYMENT_ID_REUSED',
    });
  });

  it('does not find an unknown payment', async () => {
    expect(await refusalOf(payments.getPayment({ paymentId: 'nothing' }))).toEqual({
      code: Code.NotFound,
      reason: 'PAYMENT_UNKNOWN',
    });
  });

  it.each([
    { name: 'no amount', request: { paymentId: 'p', method: { token: 'tok_visa' } } },
    { name: 'no card', request: { paymentId: 'p', amount: { currencyCode: 'EUR', units: 1n } } },
    {
      name: 'an amount of zero',
      request: { paymentId: 'p', amount: { currencyCode: 'EUR' }, method: { token: 'tok_visa' } },
    },
    {
      name: 'an unknown currency form',
      request: { paymentId: 'p', amount: { currencyCode: 'euro', units: 1n }, method: { token: 'tok_visa' } },
    },
  ])('refuses a charge with $name', async ({ request }) => {
    expect(await refusalOf(payments.chargePayment(request))).toMatchObject({ code: Code.InvalidArgument });
  });
});
