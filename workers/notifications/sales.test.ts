import { create } from '@bufbuild/protobuf';
import { MoneySchema } from '@busline/schemas/google/type/money';
import { describe, expect, it } from 'vitest';
import { withSale } from './sales.ts';

const money = (currencyCode: string, units: bigint, cents: number) =>
  create(MoneySchema, { currencyCode, units, nanos: cents * 10_000_000 });

describe('withSale()', () => {
  it('adds up orders, and amounts of each currency', () => {
    const sales = [money('EUR', 4n, 90), money('USD', 1n, 0), money('EUR', 5n, 20), undefined];
    const report = sales.reduce<ReturnType<typeof withSale> | undefined>(
      (before, total) => withSale(before, '2026-11-30', total),
      undefined,
    );
    expect(report).toMatchObject({
      day: '2026-11-30',
      orders: 4,
      totals: [money('EUR', 10n, 10), money('USD', 1n, 0)],
    });
  });
});
