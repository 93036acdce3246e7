import { describe, expect, it } from 'vitest';
import { readDelivery } from './delivery.ts';

const delivery = {
  stream: 'EVT_ORDERS',
  durable: 'mail',
  count: 2,
  sequence: 71,
  storedAtMs: 1_795_000_000_123,
  pending: 9,
};

describe('readDelivery()', () => {
  it.each([
    '$JS.ACK.EVT_ORDERS.mail.2.71.80.1795000000123456789.9',
    '$JS.ACK._.acc.EVT_ORDERS.mail.2.71.80.1795000000123456789.9',
    '$JS.ACK.hub.acc.EVT_ORDERS.mail.2.71.80.1795000000123456789.9.x7',
  ])('reads %s', (subject) => {
    expect(readDelivery(subject)).toEqual(delivery);
  });

  it.each([
    '',
    '_INBOX.a.1',
    '$JS.ACK.a.b',
    '$JS.ACK.a.b.1.2.3.4',
    '$JS.ACK.S.d.x.71.80.1795000000123456789.9',
  ])('does not read "%s"', (subject) => {
    expect(readDelivery(subject)).toBeUndefined();
  });
});
