import { describe, expect, it } from 'vitest';
import { decodeIdentity, encodeIdentity, type Identity } from './identity.ts';

const ada: Identity = {
  subject: 'ada',
  issuer: 'https://id.example.com/',
  scopes: ['orders:read', 'orders:write'],
  expiresAt: new Date('2026-11-23T12:00:00.250Z'),
  claims: { tenant: 'acme', roles: ['staff'], level: 3 },
};

describe('an identity on the wire', () => {
  it.each<Identity>([
    ada,
    { subject: 'Zoë 東', issuer: 'api-key', scopes: [], expiresAt: undefined, claims: undefined },
  ])('comes back as it was: %o', (identity) => {
    const text = encodeIdentity(identity);
    expect(text).toMatch(/^[A-Za-z0-9+/]+={0,2}$/);
    expect(decodeIdentity(text)).toEqual(identity);
  });

  it('is encoded once', () => {
    expect(encodeIdentity(ada)).toBe(encodeIdentity(ada));
    expect(encodeIdentity({ ...ada, subject: 'bob' })).not.toBe(encodeIdentity(ada));
  });

  it.each([
    '',
    '!!!',
    'AAAA',
    Buffer.from('ada').toString('base64'),
    encodeIdentity({ ...ada, subject: '' }),
  ])('is nobody when it cannot be read: %j', (text) => expect(decodeIdentity(text)).toBeUndefined());
});
