import {
  type CryptoKey,
  createLocalJWKSet,
  errors,
  type JSONWebKeySet,
  type JWSHeaderParameters,
} from 'jose';

/** The public keys of an issuer at one moment (RFC 7517). */
export interface KeySet {
  /** The keys that a token may have been signed with: several only where neither says which. */
  candidates(header: JWSHeaderParameters): Promise<readonly CryptoKey[]>;
  /** The set as it was read, to see whether another one says anything new. */
  readonly text: string;
}

/**
 * Reads a JSON Web Key Set.
 *
 * @throws TypeError saying what it is instead
 */
export function parseKeySet(text: string): KeySet {
  const find = createLocalJWKSet(setOf(text));
  return {
    text,
    async candidates(header) {
      try {
        return [await find(header)];
      } catch (error) {
        if (error instanceof errors.JWKSNoMatchingKey) return [];
        if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
        const keys: CryptoKey[] = [];
        for await (const key of error) keys.push(key);
        return keys;
      }
    },
  };
}

function setOf(text: string): JSONWebKeySet {
  let set: unknown;
  try {
    set = JSON.parse(text);
  } catch {
    throw new TypeError('it is not JSON');
  }
  const keys = typeof set === 'object' && set !== null && 'keys' in set ? set.keys : undefined;
  if (!Array.isArray(keys)) throw new TypeError('it is no JSON Web Key Set: there is no list "keys"');
  const secret = keys.findIndex((key) => key?.kty === 'oct' || typeof key?.d === 'string');
  if (secret >= 0) throw new TypeError(`keys[${secret}] is a secret one; only public keys belong here`);
  return { keys };
}
