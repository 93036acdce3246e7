import { randomBytes } from 'node:crypto';
import { hashApiKey, parseApiKeys } from './api-keys.ts';

/** Whose key it will be. */
export interface ApiKeyOwner {
  readonly subject: string;
  readonly scopes?: readonly string[] | undefined;
  /** When the key ends, as RFC 3339 has it. Default: never. */
  readonly expires?: string | undefined;
  readonly note?: string | undefined;
}

export interface NewApiKey {
  /** For its owner, and nowhere else: it cannot be had from the file again. */
  readonly key: string;
  /** The whole text of the file, with the entry for the key at its end. */
  readonly file: string;
}

/** Bytes of a key: more than can be guessed, so that its hash needs no salt and no slowness. */
const keyBytes = 32;

/**
 * Makes a key and puts its entry into a file of keys.
 *
 * @param file text of the file there is; undefined for a new one
 * @throws TypeError when the file, or what is said of the owner, cannot be used
 */
export function newApiKey(owner: ApiKeyOwner, file: string | undefined): NewApiKey {
  const { subject, scopes, expires, note } = owner;
  // The prefix lets people, and programs that look for leaked secrets, see what it is.
  const key = `bl_${randomBytes(keyBytes).toString('base64url')}`;
  const entry = {
    sha256: hashApiKey(key).toString('hex'),
    subject,
    ...(scopes !== undefined && { scopes }),
    ...(expires !== undefined && { expires }),
    ...(note !== undefined && { note }),
  };
  if (file !== undefined) parseApiKeys(file);
  const before: { readonly keys: readonly unknown[] } = file === undefined ? { keys: [] } : JSON.parse(file);
  const text = `${JSON.stringify({ keys: [...before.keys, entry] }, undefined, 2)}\n`;
  parseApiKeys(text);
  return { key, file: text };
}
