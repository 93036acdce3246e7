import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { type StockRecord, StockRecordSchema } from '@busline/schemas/inventory/v1/state';
import { describe, expect, it } from 'vitest';
import { availableOf, giveBack, put, reservedOf, sell, take, toStockItem } from './stock.ts';

const tea = create(StockRecordSchema, { sku: 'tea', displayName: 'Tea', onHand: 10 });
const goods = { holdId: 'h1', quantity: 4 };
const held = take(tea, goods);
const sold = sell(held, 'h1');
const returned = giveBack(sold, { ...goods, sold: true });
const released = giveBack(held, { ...goods, sold: false });

const numbers = (stock: StockRecord) => ({
  onHand: stock.onHand,
  reserved: reservedOf(stock),
  available: availableOf(stock),
});

describe('stock', () => {
  it.each([
    { name: 'untouched', stock: tea, onHand: 10, reserved: 0 },
    { name: 'taken', stock: held, onHand: 10, reserved: 4 },
    { name: 'taken and sold', stock: sold, onHand: 6, reserved: 0 },
    { name: 'taken and given back', stock: released, onHand: 10, reserved: 0 },
    { name: 'taken, sold and given back', stock: returned, onHand: 10, reserved: 0 },
    { name: 'taken twice', stock: take(held, { holdId: 'h2', quantity: 6 }), onHand: 10, reserved: 10 },
    {
      name: 'given back without being taken',
      stock: giveBack(tea, { ...goods, sold: false }),
      onHand: 10,
      reserved: 0,
    },
    {
      name: 'sold before the item forgot it, and given back',
      stock: giveBack(tea, { ...goods, sold: true }),
      onHand: 14,
      reserved: 0,
    },
  ])('$name: $onHand on hand, $reserved reserved', ({ stock, onHand, reserved }) => {
    expect(numbers(stock)).toEqual({ onHand, reserved, available: onHand - reserved });
  });

  it.each([
    { name: 'taking a hold again', before: held, after: take(held, goods) },
    { name: 'taking a hold that was sold', before: sold, after: take(sold, goods) },
    { name: 'taking a hold that was given back', before: released, after: take(released, goods) },
    { name: 'selling a hold again', before: sold, after: sell(sold, 'h1') },
    { name: 'selling what was given back', before: released, after: sell(released, 'h1') },
    { name: 'selling what was never taken', before: tea, after: sell(tea, 'h1') },
    { name: 'giving back again', before: returned, after: giveBack(returned, { ...goods, sold: true }) },
  ])('does nothing when $name', ({ before, after }) => {
    expect(after).toBe(before);
  });

  it('bars a hold that was given back before it was taken', () => {
    const barred = giveBack(tea, { ...goods, sold: false });

    expect(reservedOf(take(barred, goods))).toBe(0);
  });

  it('refuses to take more than is available, telling how many are', () => {
    expect(() => take(held, { holdId: 'h2', quantity: 7 })).toThrow(
      'Of "tea", 6 pieces are available, but 7 are requested.',
    );
  });

  it('remembers a bounded number of ended holds', () => {
    let stock = tea;
    for (let index = 0; index < 300; index++) {
      stock = giveBack(stock, { holdId: `h${index}`, quantity: 1, sold: false });
    }

    expect(stock.settlements).toHaveLength(256);
    expect(stock.settlements.at(-1)?.holdId).toBe('h299');
  });

  it('shows callers the counts, not the holds', () => {
    expect(toStockItem(held)).toMatchObject({ sku: 'tea', onHand: 10, reserved: 4, available: 6 });
  });
});

describe('put', () => {
  const now = timestampFromMs(1_000);
  const later = timestampFromMs(2_000);
  const item = { sku: 'tea', displayName: 'Tea', onHand: 10 };
  const stored = put(undefined, item, now);

  it('makes an item', () => {
    expect(stored).toMatchObject({ ...item, updateTime: now, holds: [] });
  });

  it('replaces name and count, and keeps what is reserved', () => {
    const replaced = put(take(stored, goods), { ...item, displayName: 'Green tea', onHand: 20 }, later);

    expect(replaced).toMatchObject({ displayName: 'Green tea', updateTime: later });
    expect(numbers(replaced)).toEqual({ onHand: 20, reserved: 4, available: 16 });
  });

  it('leaves an item that is already so as it is', () => {
    expect(put(stored, { ...item }, later)).toBe(stored);
  });

  it('refuses fewer pieces than are reserved', () => {
    expect(() => put(take(stored, goods), { ...item, onHand: 3 }, later)).toThrow(
      '4 pieces of "tea" are reserved, so on_hand cannot be 3. Release reservations first.',
    );
  });
});
