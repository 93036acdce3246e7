import { describe, expect, it } from 'vitest';
import { parseApiKeys } from './api-keys.ts';
import { newApiKey } from './new-api-key.ts';

describe('newApiKey()', () => {
  it('makes a key that the file knows, beside those it knew', () => {
    const first = newApiKey({ subject: 'billing', scopes: ['orders:read'], note: 'nightly' }, undefined);
    const second = newApiKey({ subject: 'ci', expires: '2027-01-31T00:00:00Z' }, first.file);
    expect(first.key).toMatch(/^bl_[A-Za-z0-9_-]{43}$/);
    expect(second.file).not.toContain(second.key);
    const keys = parseApiKeys(second.file);
    expect(keys.find(first.key, 0)).toMatchObject({ subject: 'billing', scopes: ['orders:read'] });
    expect(keys.find(second.key, 0)).toMatchObject({
      subject: 'ci',
      expiresAt: new Date('2027-01-31T00:00:00Z'),
    });
  });

  it.each([
    [{ subject: '' }, undefined, /subject must be text that is not empty/],
    [{ subject: 'a', expires: 'tomorrow' }, undefined, /expires must be a time/],
    [{ subject: 'a' }, '{', /not JSON/],
    [{ subject: 'a' }, '{"keys":{}}', /keys must be a list/],
  ])('refuses %j with the file %j', (owner, file, message) => {
    expect(() => newApiKey(owner, file)).toThrow(message);
  });
});
