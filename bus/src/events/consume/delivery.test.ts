import { describe, expect, it } from 'vitest';
import { createDeliveryReader } from './delivery.ts';

const delivery = {
  stream: 'EVT_ORDERS',
  durable: 'mail',
  count: 2,
  sequence: 71,
  storedAtMs: 1_795_000_000_123,
  pending: 9,
};

describe('a delivery reader', () => {
  it.each([
    '$JS.ACK.EVT_ORDERS.mail.2.71.80.1795000000123456789.9',
    '$JS.ACK._.acc.EVT_ORDERS.mail.2.71.80.1795000000123456789.9',
    '$JS.ACK.hub.acc.EVT_ORDERS.mail.2.71.80.1795000000123456789.9.x7',
  ])('reads %s', (subject) => {
    expect(createDeliveryReader()(subject)).toEqual(delivery);
  });

  it.each([
    '',
    '_INBOX.a.1',
    '$JS.ACK.a.b',
    '$JS.ACK.a.b.1.2.3.4',
    '$JS.ACK.S.d.x.71.80.1795000000123456789.9',
    '$JS.ACK.S.d.1.71.80.1795000a00123456789.9',
    '$JS.ACK.S.d.1.71.80.1795000000123456789.',
  ])('does not read "%s"', (subject) => {
    expect(createDeliveryReader()(subject)).toBeUndefined();
    const read = createDeliveryReader();
    read('$JS.ACK.S.d.1.71.80.1795000000123456789.9');
    expect(read(subject)).toBeUndefined();
  });

  it('reads those of several durables in turn', () => {
    const read = createDeliveryReader();
    const from = (origin: string) => read(`$JS.ACK.${origin}.1.2.3.1795000000999999999.0`);
    const read2 = { count: 1, sequence: 2, storedAtMs: 1_795_000_000_999, pending: 0 };
    for (let n = 0; n < 2; n++) {
      expect(from('S.d')).toEqual({ ...read2, stream: 'S', durable: 'd' });
      expect(from('S.d1')).toEqual({ ...read2, stream: 'S', durable: 'd1' });
      expect(from('hub.acc.S.d')).toEqual({ ...read2, stream: 'S', durable: 'd' });
    }
  });
});
