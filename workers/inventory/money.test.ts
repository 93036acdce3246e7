import { create } from '@bufbuild/protobuf';
import { MoneySchema } from '@busline/schemas/google/type/money';
import { describe, expect, it } from 'vitest';
import { addMoney, multiplyMoney } from './money.ts';

const eur = (units: bigint, nanos = 0) => create(MoneySchema, { currencyCode: 'EUR', units, nanos });

describe('multiplyMoney', () => {
  it.each([
    { price: eur(4n, 900_000_000), quantity: 1, total: eur(4n, 900_000_000) },
    { price: eur(4n, 900_000_000), quantity: 3, total: eur(14n, 700_000_000) },
    { price: eur(0n, 100_000_000), quantity: 3, total: eur(0n, 300_000_000) },
    { price: eur(0n, 1), quantity: 10_000, total: eur(0n, 10_000) },
    {
      price: eur(999_999_999_999n, 999_999_999),
      quantity: 10_000,
      total: eur(9_999_999_999_999_999n, 999_990_000),
    },
    { price: eur(-1n, -500_000_000), quantity: 3, total: eur(-4n, -500_000_000) },
    { price: eur(1n), quantity: 0, total: eur(0n) },
  ])('$quantity × $price.units.$price.nanos', ({ price, quantity, total }) => {
    expect(multiplyMoney(price, quantity)).toEqual(total);
  });
});

describe('addMoney', () => {
  it.each([
    { a: eur(1n, 500_000_000), b: eur(0n, 500_000_000), sum: eur(2n) },
    { a: eur(0n, 100_000_000), b: eur(0n, 200_000_000), sum: eur(0n, 300_000_000) },
    { a: eur(1n), b: eur(-1n, -1), sum: eur(0n, -1) },
    { a: eur(9_007_199_254_740_993n), b: eur(0n, 1), sum: eur(9_007_199_254_740_993n, 1) },
  ])('$a.units.$a.nanos + $b.units.$b.nanos', ({ a, b, sum }) => {
    expect(addMoney(a, b)).toEqual(sum);
  });

  it('refuses to add different currencies', () => {
    const usd = create(MoneySchema, { currencyCode: 'USD', units: 1n });

    expect(() => addMoney(eur(1n), usd)).toThrow('Prices in EUR and in USD cannot be added');
  });
});
