import { describe, expect, it } from 'vitest';
import { relativeTypeName } from './type-name.ts';

const SYMBOLS = new Set([
  'google',
  'google.protobuf',
  'google.protobuf.Any',
  'shop',
  'shop.v1',
  'shop.v1.Order',
  'shop.v1.Order.Line',
  'shop.v1.Line',
  'shop.v1.Shop',
  'shop.v1.Shop.shop',
]);

describe('relativeTypeName', () => {
  it.each([
    { target: 'shop.v1.Order', scope: 'shop.v1', name: 'Order', why: 'same package' },
    { target: 'shop.v1.Order.Line', scope: 'shop.v1', name: 'Order.Line', why: 'nested in a sibling' },
    { target: 'shop.v1.Order.Line', scope: 'shop.v1.Order', name: 'Line', why: 'nested in the scope itself' },
    { target: 'shop.v1.Line', scope: 'shop.v1.Order', name: 'v1.Line', why: 'shadowed by a nested type' },
    { target: 'google.protobuf.Any', scope: 'shop.v1', name: 'google.protobuf.Any', why: 'another package' },
    { target: 'shop.v1.Line', scope: '', name: 'shop.v1.Line', why: 'no package' },
    { target: 'Root', scope: 'shop.v1', name: '.Root', why: 'not a known symbol' },
  ])('refers to $target from "$scope" as $name: $why', ({ target, scope, name }) => {
    expect(relativeTypeName(target, scope, SYMBOLS)).toBe(name);
  });
});
