import type { KeySet } from './key-set.ts';

/** Where the keys of an issuer come from. */
export interface KeySource {
  /**
   * The keys as far as they are known.
   *
   * @throws ConnectError KEYS_UNAVAILABLE while none have ever been had
   */
  current(): KeySet | Promise<KeySet>;
  /**
   * Asked when a token names a key that is not there: newer keys, or undefined where there is nothing newer to be had now.
   *
   * @throws ConnectError KEYS_UNAVAILABLE when nobody can tell
   */
  newer(than: KeySet): Promise<KeySet | undefined>;
  close(): void;
}
