import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { ErrorInfoSchema } from '@busline/schemas/google/rpc/error_details';
import { ReservationSchema } from '@busline/schemas/inventory/v1/inventory';
import { OrderFailureSchema, OrderState, PlaceOrderRequestSchema } from '@busline/schemas/orders/v1/orders';
import { ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { begin, cancel, confirm, fail, isSettled, toOrder } from './order.ts';

const now = timestampFromMs(1_000);
const later = timestampFromMs(2_000);
const euro = (units: bigint) => ({ currencyCode: 'EUR', units, nanos: 0 });
const wanted = {
  orderId: 'o1',
  customerId: 'ada',
  paymentToken: 'tok_visa',
  lines: [{ sku: 'mug', quantity: 2 }],
};
const request = create(PlaceOrderRequestSchema, wanted);
const reservation = create(ReservationSchema, {
  lines: [{ sku: 'mug', quantity: 2, unitPrice: euro(12n) }],
  total: euro(24n),
});
const failure = create(OrderFailureSchema, { code: 9, message: 'declined', reason: 'CARD_DECLINED' });

const pending = begin(undefined, request, now);
const confirmed = confirm(pending, reservation, later);
const rejected = fail(pending, {
  state: OrderState.REJECTED,
  failure,
  reservation,
  givingBack: true,
  now: later,
});
const settled = { ...rejected, givingBack: false };
const cancelled = cancel(confirmed, { orderId: 'o1', reason: 'changed my mind', now: later });

/** The reason of the error that `run` throws. */
function reasonOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    return ConnectError.from(error).findDetails(ErrorInfoSchema)[0]?.reason;
  }
  return undefined;
}

describe('begin', () => {
  it('records what is to be bought', () => {
    expect(pending).toMatchObject({
      orderId: 'o1',
      customerId: 'ada',
      lines: [{ sku: 'mug', quantity: 2 }],
      state: OrderState.PENDING,
      createTime: now,
    });
  });

  it.each([
    { name: 'an interrupted order', current: pending },
    { name: 'a confirmed order', current: confirmed },
    { name: 'a rejected order', current: rejected },
  ])('goes on with $name', ({ current }) => {
    expect(begin(current, request, later)).toBe(current);
  });

  it.each([
    { name: 'customer', change: { customerId: 'bob' } },
    { name: 'card', change: { paymentToken: 'tok_other' } },
    { name: 'quantity', change: { lines: [{ sku: 'mug', quantity: 3 }] } },
    { name: 'number of lines', change: { lines: [...wanted.lines, { sku: 'tea', quantity: 1 }] } },
  ])('refuses the id of an order with another $name', ({ change }) => {
    const other = create(PlaceOrderRequestSchema, { ...wanted, ...change });

    expect(reasonOf(() => begin(confirmed, other, later))).toBe('ORDER_ID_REUSED');
  });
});

describe('confirm', () => {
  it('adds the prices of the reservation', () => {
    expect(confirmed).toMatchObject({
      state: OrderState.CONFIRMED,
      total: euro(24n),
      lines: [{ sku: 'mug', quantity: 2, unitPrice: euro(12n) }],
      updateTime: later,
    });
  });

  it.each([{ current: rejected }, { current: cancelled }, { current: confirmed }])(
    'leaves a decided order as it is',
    ({ current }) => {
      expect(confirm(current, reservation, later)).toBe(current);
    },
  );
});

describe('fail', () => {
  it('keeps the failure, and the prices as far as they are known', () => {
    expect(rejected).toMatchObject({
      state: OrderState.REJECTED,
      failure,
      total: euro(24n),
      givingBack: true,
    });
  });

  it('leaves a confirmed order as it is', () => {
    const outcome = {
      state: OrderState.FAILED,
      failure,
      reservation: undefined,
      givingBack: true,
      now: later,
    };

    expect(fail(confirmed, outcome)).toBe(confirmed);
  });
});

describe('cancel', () => {
  const call = { orderId: 'o1', reason: 'changed my mind', now: later };

  it.each([
    { name: 'a confirmed order', current: confirmed },
    { name: 'an interrupted order', current: pending },
  ])('gives back $name', ({ current }) => {
    expect(cancel(current, call)).toMatchObject({
      state: OrderState.CANCELLED,
      cancelReason: 'changed my mind',
      givingBack: true,
    });
  });

  it.each([
    { name: 'a cancelled order', current: cancelled },
    { name: 'a rejected order that still holds something', current: rejected },
  ])('leaves $name as it is', ({ current }) => {
    expect(cancel(current, call)).toBe(current);
  });

  it.each([
    { name: 'an unknown order', current: undefined, reason: 'ORDER_UNKNOWN' },
    { name: 'a rejected order', current: settled, reason: 'ORDER_NOT_PLACED' },
  ])('refuses $name', ({ current, reason }) => {
    expect(reasonOf(() => cancel(current, call))).toBe(reason);
  });
});

describe('isSettled', () => {
  it.each([
    { name: 'a pending order', record: pending, expected: false },
    { name: 'a rejected order that still holds something', record: rejected, expected: false },
    { name: 'a cancelled order that still holds something', record: cancelled, expected: false },
    { name: 'a rejected order that holds nothing', record: settled, expected: true },
    { name: 'a confirmed order', record: confirmed, expected: true },
  ])('$name: $expected', ({ record, expected }) => {
    expect(isSettled(record)).toBe(expected);
  });
});

describe('toOrder', () => {
  it('does not show the card', () => {
    expect(JSON.stringify(Object.values(toOrder(confirmed)), (_, value) => String(value))).not.toContain(
      'tok_',
    );
  });
});
