import { create } from '@bufbuild/protobuf';
import { type Money, MoneySchema } from '@busline/schemas/google/type/money';
import { type SalesReport, SalesReportSchema } from '@busline/schemas/notifications/v1/notifications';

/** A day with one more sale. */
export function withSale(
  report: SalesReport | undefined,
  day: string,
  total: Money | undefined,
): SalesReport {
  const before = report ?? create(SalesReportSchema, { day });
  return {
    ...before,
    orders: before.orders + 1,
    totals: total === undefined ? before.totals : added(before.totals, total),
  };
}

const NANOS = 1_000_000_000n;

function added(totals: readonly Money[], amount: Money): Money[] {
  const { currencyCode } = amount;
  const known = totals.find((total) => total.currencyCode === currencyCode);
  const nanos = nanosOf(amount) + (known === undefined ? 0n : nanosOf(known));
  const sum = create(MoneySchema, { currencyCode, units: nanos / NANOS, nanos: Number(nanos % NANOS) });
  return known === undefined ? [...totals, sum] : totals.map((total) => (total === known ? sum : total));
}

function nanosOf({ units, nanos }: Money): bigint {
  return units * NANOS + BigInt(nanos);
}
