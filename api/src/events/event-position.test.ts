import { expect, it } from 'vitest';
import { formatPosition, readPosition } from './event-position.ts';

it.each([
  { stream: 'EVT_ORDERS', sequence: 17 },
  { stream: 'a-b-1', sequence: 0 },
])('$stream, $sequence is read as it was written', (position) => {
  expect(readPosition(formatPosition(position))).toEqual(position);
});

it.each([
  '',
  'EVT_ORDERS',
  'EVT_ORDERS-',
  '-1',
  'EVT ORDERS-1',
  'EVT_ORDERS-1x',
  'EVT.ORDERS-1',
  'S-1234567890123456',
])('%j is none', (text) => {
  expect(readPosition(text)).toBeUndefined();
});
