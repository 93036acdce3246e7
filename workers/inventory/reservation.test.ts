import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { ErrorInfoSchema } from '@busline/schemas/google/rpc/error_details';
import { ReservationState, ReserveStockRequestSchema } from '@busline/schemas/inventory/v1/inventory';
import { type ReservationRecord, StockRecordSchema } from '@busline/schemas/inventory/v1/state';
import { ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { commit, decide, quote, release, repeated, toReservation } from './reservation.ts';

const now = timestampFromMs(1_000);
const later = timestampFromMs(2_000);
const euro = (units: bigint, nanos = 0) => ({ currencyCode: 'EUR', units, nanos });
const item = (sku: string, unitPrice = euro(4n, 900_000_000)) =>
  create(StockRecordSchema, { sku, onHand: 10, unitPrice });
const request = create(ReserveStockRequestSchema, {
  reservationId: 'r1',
  lines: [
    { sku: 'tea', quantity: 3 },
    { sku: 'mug', quantity: 1 },
  ],
});
const attempt = { holdId: 'h1', now };
const pending = quote(request, [item('tea'), item('mug', euro(12n))], attempt);
const held = decide(pending, { holdId: 'h1', state: ReservationState.HELD, now });
const refused = decide(pending, { holdId: 'h1', state: ReservationState.REFUSED, now });
const committed = commit(held, { reservationId: 'r1', now });
const released = release(held, { reservationId: 'r1', now });

/** The reason of the error that `run` throws. */
function reasonOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    return ConnectError.from(error).findDetails(ErrorInfoSchema)[0]?.reason;
  }
  return undefined;
}

describe('quote', () => {
  it('prices every line and adds them up', () => {
    expect(toReservation(pending)).toMatchObject({
      reservationId: 'r1',
      lines: [
        { sku: 'tea', quantity: 3, unitPrice: euro(4n, 900_000_000) },
        { sku: 'mug', quantity: 1, unitPrice: euro(12n) },
      ],
      total: euro(26n, 700_000_000),
      state: ReservationState.PENDING,
      createTime: now,
    });
  });

  it.each([
    { reason: 'SKU_UNKNOWN', items: [item('tea'), undefined] },
    {
      reason: 'OUT_OF_STOCK',
      items: [create(StockRecordSchema, { ...item('tea'), onHand: 2 }), item('mug')],
    },
    {
      reason: 'MIXED_CURRENCIES',
      items: [item('tea'), item('mug', { currencyCode: 'USD', units: 12n, nanos: 0 })],
    },
  ])('refuses with $reason', ({ reason, items }) => {
    expect(reasonOf(() => quote(request, items, attempt))).toBe(reason);
  });
});

describe('repeated', () => {
  const other = create(ReserveStockRequestSchema, {
    reservationId: 'r1',
    lines: [{ sku: 'tea', quantity: 3 }],
  });

  it.each([
    { name: 'a free id', current: undefined, result: undefined },
    { name: 'a refused reservation', current: refused, result: undefined },
    { name: 'an interrupted reservation', current: pending, result: pending },
    { name: 'a held reservation', current: held, result: held },
    { name: 'a sold reservation', current: committed, result: committed },
  ])('finds what to go on with at $name', ({ current, result }) => {
    expect(repeated(current, request)).toBe(result);
  });

  it.each([
    { name: 'a released reservation', current: released, call: request, reason: 'RESERVATION_RELEASED' },
    { name: 'the id of other lines', current: held, call: other, reason: 'RESERVATION_ID_REUSED' },
  ])('refuses $name', ({ current, call, reason }) => {
    expect(reasonOf(() => repeated(current, call))).toBe(reason);
  });
});

describe('decide', () => {
  it.each([
    { name: 'another attempt', current: { ...pending, holdId: 'h2' } },
    { name: 'a reservation that was released meanwhile', current: released },
    { name: 'a reservation that is held', current: held },
  ])('leaves $name as it is', ({ current }) => {
    expect(decide(current, { holdId: 'h1', state: ReservationState.REFUSED, now: later })).toBe(current);
  });

  it.each([
    { name: 'a held reservation needs nothing more', record: held, settled: true },
    { name: 'a refused one has goods to give back', record: refused, settled: false },
  ])('$name', ({ record, settled }) => {
    expect(record.settled).toBe(settled);
  });
});

const { PENDING, HELD, COMMITTED, RELEASED, REFUSED } = ReservationState;

describe('commit', () => {
  it.each<{ name: string; current: ReservationRecord | undefined; reason: string }>([
    { name: 'an unknown reservation', current: undefined, reason: 'RESERVATION_UNKNOWN' },
    { name: 'an interrupted one', current: pending, reason: 'RESERVATION_NOT_HELD' },
    { name: 'a refused one', current: refused, reason: 'RESERVATION_NOT_HELD' },
    { name: 'a released one', current: released, reason: 'RESERVATION_NOT_HELD' },
  ])('refuses $name', ({ current, reason }) => {
    expect(reasonOf(() => commit(current, { reservationId: 'r1', now }))).toBe(reason);
  });

  it('sells what is held, once', () => {
    expect(committed).toMatchObject({ state: COMMITTED, sold: true, settled: false });
    expect(commit(committed, { reservationId: 'r1', now: later })).toBe(committed);
  });
});

describe('release', () => {
  it.each([
    { name: 'a held reservation', current: held, sold: false },
    { name: 'a sold reservation', current: committed, sold: true },
    { name: 'an interrupted reservation', current: pending, sold: false },
    { name: 'a refused reservation', current: refused, sold: false },
  ])('gives $name back', ({ current, sold }) => {
    const record = release(current, { reservationId: 'r1', now: later });

    expect(record).toMatchObject({ state: RELEASED, sold, settled: false, updateTime: later });
    expect(release(record, { reservationId: 'r1', now })).toBe(record);
  });

  it('bars an unknown id', () => {
    const record = release(undefined, { reservationId: 'r1', now });

    expect(record).toMatchObject({ reservationId: 'r1', state: RELEASED, lines: [], settled: true });
    expect(reasonOf(() => repeated(record, request))).toBe('RESERVATION_RELEASED');
  });

  it('knows every state', () => {
    expect([pending, held, committed, released, refused].map(({ state }) => state)).toEqual([
      PENDING,
      HELD,
      COMMITTED,
      RELEASED,
      REFUSED,
    ]);
  });
});
