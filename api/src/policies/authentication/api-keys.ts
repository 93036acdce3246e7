import { createHash, timingSafeEqual } from 'node:crypto';
import type { Identity } from '@busline/bus';
import { fieldsOf, parseJson } from '../configuration/config-fields.ts';

/** The API keys there are; the keys themselves are known only by their SHA-256. */
export interface ApiKeys {
  readonly size: number;
  /** Whose key it is. `expired` for one that was valid once, undefined for one that never was. */
  find(key: string, nowMs: number): Identity | 'expired' | undefined;
}

interface StoredKey {
  readonly hash: Buffer;
  readonly identity: Identity;
}

/** `iss` of identities that come from keys. */
export const apiKeyIssuer = 'api-key';

/** What a key looks like after `hashApiKey`, in hexadecimal. */
const hashShape = /^[0-9a-f]{64}$/i;

/** What a key is stored as. Keys are random and long, so a slow hash for passwords would only cost time. */
export function hashApiKey(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

/**
 * Reads a file of keys: `{"keys": [{"sha256", "subject", "scopes"?, "expires"?, "note"?}]}`.
 *
 * @throws TypeError naming the entry and what is wrong
 */
export function parseApiKeys(text: string): ApiKeys {
  const file = fieldsOf(parseJson(text), '');
  const entries = file.list('keys', (value, path) => {
    const entry = fieldsOf(value, path);
    const hash = entry.text('sha256', {
      shape: hashShape,
      what: 'the SHA-256 of the key as 64 hexadecimal digits',
    });
    const identity: Identity = {
      subject: entry.text('subject'),
      issuer: apiKeyIssuer,
      scopes: entry.optionalTexts('scopes') ?? [],
      expiresAt: entry.optionalTime('expires'),
    };
    entry.optionalText('note');
    entry.end();
    return { hash: Buffer.from(hash, 'hex'), identity };
  });
  file.end();
  // Found by the first half of its hash, compared by the whole of it in constant time.
  const byStart = new Map<string, StoredKey>();
  for (const [index, entry] of entries.entries()) {
    const start = startOf(entry.hash);
    if (byStart.has(start)) throw new TypeError(`keys[${index}] is the same key as one before it`);
    byStart.set(start, entry);
  }
  return {
    size: byStart.size,
    find(key, nowMs) {
      const hash = hashApiKey(key);
      const stored = byStart.get(startOf(hash));
      if (stored === undefined || !timingSafeEqual(stored.hash, hash)) return undefined;
      const { expiresAt } = stored.identity;
      return expiresAt !== undefined && expiresAt.getTime() <= nowMs ? 'expired' : stored.identity;
    },
  };
}

function startOf(hash: Buffer): string {
  return hash.toString('hex', 0, 16);
}
