import { describe, expect, it } from 'vitest';
import { addressGroup, clientAddress, trustedProxies } from './client-address.ts';

describe('clientAddress()', () => {
  const isTrusted = trustedProxies(['10.0.0.0/8', 'fd00::/8', '192.0.2.1', 'loopback']);

  it.each([
    ['203.0.113.7', undefined, '203.0.113.7'],
    // Who is no proxy can write what it likes.
    ['203.0.113.7', '198.51.100.1', '203.0.113.7'],
    ['10.1.2.3', '198.51.100.1', '198.51.100.1'],
    ['::ffff:10.1.2.3', '198.51.100.1', '198.51.100.1'],
    ['10.1.2.3', '1.1.1.1, 198.51.100.1, 10.9.9.9', '198.51.100.1'],
    ['10.1.2.3', '198.51.100.1,192.0.2.1', '198.51.100.1'],
    ['10.1.2.3', '10.0.0.1, 10.0.0.2', '10.0.0.1'],
    ['10.1.2.3', '198.51.100.1, unknown', '10.1.2.3'],
    ['10.1.2.3', '198.51.100.1, unknown, 10.0.0.5', '10.0.0.5'],
    ['10.1.2.3', '', '10.1.2.3'],
    ['127.0.0.1', '198.51.100.1:4711', '198.51.100.1'],
    ['::1', '[2001:db8::1]:4711', '2001:db8::1'],
    ['fd00::9', '2001:db8::1', '2001:db8::1'],
    [undefined, '198.51.100.1', ''],
  ])('%s with %j is %s', (peer, forwardedFor, expected) => {
    expect(clientAddress(peer, forwardedFor, isTrusted)).toBe(expected);
  });

  it('believes nobody without proxies', () => {
    expect(clientAddress('127.0.0.1', '198.51.100.1', trustedProxies([]))).toBe('127.0.0.1');
  });
});

describe('trustedProxies()', () => {
  it.each(['10.0.0.0/33', '10.0.0/8', 'proxy', '::/129', '10.0.0.0/', '10.0.0.0/-1', '10.0.0.0/8.5', ''])(
    'refuses %j',
    (entry) => expect(() => trustedProxies([entry])).toThrow(`"${entry}" is no address`),
  );
});

describe('addressGroup()', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::6', '2001:db8:1:2::/64'],
    ['2001:0DB8::6', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['', ''],
  ])('of %s is %s', (address, group) => {
    expect(addressGroup(address)).toBe(group);
  });
});
