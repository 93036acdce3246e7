import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { eventFile } from '../testing/event-file.ts';
import { keyReader } from './key-field.ts';

const { Placed, Order } = eventFile({
  Placed: {
    fields: {
      order_id: 'string',
      number: 'int64',
      express: 'bool',
      order: 'Order',
      lines: 'repeated string',
      seal: 'bytes',
      weight: 'double',
      card: 'string',
      cash: 'Order',
    },
    oneof: ['card', 'cash'],
  },
  Order: { fields: { id: 'string' } },
});

describe('keyReader()', () => {
  it.each([
    { path: 'order_id', init: { orderId: 'o1' }, key: 'o1' },
    { path: 'order_id', init: {}, key: undefined },
    { path: 'number', init: { number: 12n }, key: '12' },
    { path: 'number', init: {}, key: '0' },
    { path: 'express', init: { express: true }, key: 'true' },
    { path: 'order.id', init: { order: create(Order, { id: 'o2' } as never) }, key: 'o2' },
    { path: 'order.id', init: {}, key: undefined },
    { path: 'card', init: { choice: { case: 'card', value: 'c1' } }, key: 'c1' },
    { path: 'card', init: {}, key: undefined },
    {
      path: 'cash.id',
      init: { choice: { case: 'cash', value: create(Order, { id: 'o3' } as never) } },
      key: 'o3',
    },
  ])('reads $path as $key', ({ path, init, key }) => {
    expect(keyReader(Placed, path)(create(Placed, init as never))).toBe(key);
  });

  it.each([
    { path: 'nothing', problem: 'shop.orders.v1.Placed has no field "nothing"' },
    { path: 'order.nothing', problem: 'shop.orders.v1.Order has no field "nothing"' },
    { path: 'order_id.x', problem: '"x" is below a field without fields' },
    { path: 'order', problem: 'must be a singular' },
    { path: 'lines', problem: 'must be a singular' },
    { path: 'seal', problem: 'must be a singular' },
    { path: 'weight', problem: 'must be a singular' },
  ])('refuses $path', ({ path, problem }) => {
    expect(() => keyReader(Placed, path)).toThrow(TypeError);
    expect(() => keyReader(Placed, path)).toThrow(problem);
  });
});
