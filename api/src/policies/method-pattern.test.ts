import { describe, expect, it } from 'vitest';
import { parseMethodPattern } from './method-pattern.ts';

describe('parseMethodPattern()', () => {
  it.each([
    ['*', ['orders.v1.OrderService/PlaceOrder', 'Bare/Do'], []],
    [
      'orders.*',
      ['orders.v1.OrderService/PlaceOrder', 'orders.Old/Do'],
      ['ordersx.v1.A/Do', 'x.orders.A/Do'],
    ],
    ['orders.v1.*', ['orders.v1.OrderService/PlaceOrder'], ['orders.v10.A/Do', 'orders.v1/Do']],
    ['orders.v1.OrderService', ['orders.v1.OrderService/PlaceOrder'], ['orders.v1.OrderServices/PlaceOrder']],
    [
      'orders.v1.OrderService/PlaceOrder',
      ['orders.v1.OrderService/PlaceOrder'],
      ['orders.v1.OrderService/PlaceOrders', 'v1.OrderService/PlaceOrder'],
    ],
    ['Bare/Do', ['Bare/Do'], ['a.Bare/Do']],
  ])('%s', (text, matching, others) => {
    const pattern = parseMethodPattern(text);
    const matches = (name: string) => pattern?.matches(...(name.split('/') as [string, string]));
    expect(matching.map(matches)).toEqual(matching.map(() => true));
    expect(others.map(matches)).toEqual(others.map(() => false));
  });

  it('ranks what says more above what says less', () => {
    const texts = ['*', 'a.*', 'a.bb.*', 'a.bb.Service', 'a.bb.Service/Do'];
    const ranks = texts.map((text) => parseMethodPattern(text)?.rank ?? -1);
    expect(ranks).toEqual([...new Set(ranks)].sort((a, b) => a - b));
    expect(ranks).toHaveLength(texts.length);
  });

  it.each([
    '',
    '**',
    'a*',
    '*.a',
    'a.*/Do',
    'a.B/*',
    '/Do',
    'a.B/',
    'a..B',
    '.a',
    'a b',
    'a.B/Do/More',
    '1a',
  ])('refuses %j', (text) => expect(parseMethodPattern(text)).toBeUndefined());
});
