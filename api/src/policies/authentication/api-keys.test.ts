import { describe, expect, it } from 'vitest';
import { hashApiKey, parseApiKeys } from './api-keys.ts';

const hash = (key: string) => hashApiKey(key).toString('hex');
const parse = (...keys: unknown[]) => parseApiKeys(JSON.stringify({ keys }));
const now = Date.parse('2026-11-23T12:00:00Z');

describe('parseApiKeys()', () => {
  it('knows whose a key is, by its hash only', () => {
    const keys = parse(
      { sha256: hash('k1'), subject: 'billing', scopes: ['orders:read'], note: 'the nightly job' },
      { sha256: hash('k2').toUpperCase(), subject: 'ci', expires: '2027-01-01T00:00:00Z' },
    );
    expect(keys.size).toBe(2);
    expect(keys.find('k1', now)).toEqual({
      subject: 'billing',
      issuer: 'api-key',
      scopes: ['orders:read'],
      expiresAt: undefined,
    });
    expect(keys.find('k2', now)).toMatchObject({
      subject: 'ci',
      expiresAt: new Date('2027-01-01T00:00:00Z'),
    });
    expect(keys.find('k3', now)).toBeUndefined();
    expect(keys.find(hash('k1'), now)).toBeUndefined();
  });

  it('gives the same identity each time, so that it is encoded once', () => {
    const keys = parse({ sha256: hash('k1'), subject: 'billing' });
    expect(keys.find('k1', now)).toBe(keys.find('k1', now));
  });

  it('knows that a key has expired', () => {
    const keys = parse({ sha256: hash('k'), subject: 'old', expires: '2026-11-23T12:00:00Z' });
    expect(keys.find('k', now - 1)).toMatchObject({ subject: 'old' });
    expect(keys.find('k', now)).toBe('expired');
  });

  it.each([
    ['{', /^it is not JSON/],
    ['[]', /^the file must be an object, not \[\]$/],
    ['{}', /^keys is missing$/],
    ['{"keys":{}}', /^keys must be a list, not \{\}$/],
    ['{"keys":[],"more":1}', /^more is no setting; there are keys$/],
    [
      JSON.stringify({ keys: [{ sha256: 'k1', subject: 'a' }] }),
      /^keys\[0\]\.sha256 must be the SHA-256 of the key as 64 hexadecimal digits, not "k1"$/,
    ],
    [JSON.stringify({ keys: [{ sha256: hash('a') }] }), /^keys\[0\]\.subject is missing$/],
    [
      JSON.stringify({ keys: [{ sha256: hash('a'), subject: 'a', expires: '2027' }] }),
      /^keys\[0\]\.expires must be a time such as "2027-01-31T00:00:00Z", not "2027"$/,
    ],
    [
      JSON.stringify({ keys: [{ sha256: hash('a'), subject: 'a', scope: ['x'] }] }),
      /^keys\[0\]\.scope is no setting; there are sha256, subject, scopes, expires, note$/,
    ],
    [
      JSON.stringify({
        keys: [
          { sha256: hash('a'), subject: 'a' },
          { sha256: hash('a'), subject: 'b' },
        ],
      }),
      /^keys\[1\] is the same key as one before it$/,
    ],
  ])('refuses %s', (text, message) => {
    expect(() => parseApiKeys(text)).toThrow(message);
  });
});
