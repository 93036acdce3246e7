import { create } from '@bufbuild/protobuf';
import { type Money, MoneySchema } from '@busline/schemas/google/type/money';
import { mixedCurrencies } from './errors.ts';

const NANOS_PER_UNIT = 1_000_000_000n;

/** The price of several pieces, exact to the nano. */
export function multiplyMoney(price: Money, quantity: number): Money {
  return fromNanos(price.currencyCode, toNanos(price) * BigInt(quantity));
}

/** The sum of two amounts, exact to the nano. Throws MIXED_CURRENCIES when their currencies differ. */
export function addMoney(a: Money, b: Money): Money {
  if (a.currencyCode !== b.currencyCode) {
    throw mixedCurrencies(a.currencyCode, b.currencyCode);
  }
  return fromNanos(a.currencyCode, toNanos(a) + toNanos(b));
}

function toNanos({ units, nanos }: Money): bigint {
  return units * NANOS_PER_UNIT + BigInt(nanos);
}

// BigInt division truncates towards zero, so units and nanos get the same sign, as google.type.Money requires.
function fromNanos(currencyCode: string, total: bigint): Money {
  return create(MoneySchema, {
    currencyCode,
    units: total / NANOS_PER_UNIT,
    nanos: Number(total % NANOS_PER_UNIT),
  });
}
