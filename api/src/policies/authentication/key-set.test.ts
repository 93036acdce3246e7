import { exportJWK, generateKeyPair, generateSecret } from 'jose';
import { describe, expect, it } from 'vitest';
import { parseKeySet } from './key-set.ts';

async function publicKey(alg: string, kid: string) {
  const { publicKey: key } = await generateKeyPair(alg);
  return { ...(await exportJWK(key)), kid, alg };
}

describe('parseKeySet()', () => {
  it('finds the key that a token names, and all that would do where it names none', async () => {
    const set = parseKeySet(
      JSON.stringify({ keys: [await publicKey('ES256', 'a'), await publicKey('ES256', 'b')] }),
    );
    const candidates = async (header: { alg: string; kid?: string }) => (await set.candidates(header)).length;
    expect(await candidates({ alg: 'ES256', kid: 'a' })).toBe(1);
    expect(await candidates({ alg: 'ES256', kid: 'c' })).toBe(0);
    expect(await candidates({ alg: 'ES256' })).toBe(2);
    expect(await candidates({ alg: 'EdDSA', kid: 'a' })).toBe(0);
  });

  it.each([
    ['<html>', 'it is not JSON'],
    ['[]', 'it is no JSON Web Key Set: there is no list "keys"'],
    ['{"keys":1}', 'it is no JSON Web Key Set: there is no list "keys"'],
  ])('refuses %j', (text, message) => {
    expect(() => parseKeySet(text)).toThrow(new TypeError(message));
  });

  it('refuses secrets, which have no place at an edge', async () => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const secret = await generateSecret('HS256', { extractable: true });
    for (const key of [privateKey, secret]) {
      const text = JSON.stringify({ keys: [await exportJWK(key)] });
      expect(() => parseKeySet(text)).toThrow('keys[0] is a secret one; only public keys belong here');
    }
  });
});
