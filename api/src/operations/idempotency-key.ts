import { Code, ConnectError } from '@connectrpc/connect';

/** Longest key, in characters: room for two UUIDs and words about them. */
const maxKeyLength = 255;

/** A structured-field string (RFC 9651, section 3.3.3), without parameters. */
const quoted = /^"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;
/** What clients send that know nothing of structured fields: visible characters without separators of lists. */
const bare = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x7e]+$/;

/**
 * Reads an `Idempotency-Key` field (draft-ietf-httpapi-idempotency-key-header, section 2.1). `"a"` and `a` are the same key.
 *
 * @throws ConnectError INVALID_ARGUMENT for one that is empty, too long, or no key.
 */
export function readIdempotencyKey(field: string | undefined): string | undefined {
  if (field === undefined) return undefined;
  const text = field.trim();
  const key = quoted.exec(text)?.[1]?.replace(/\\(.)/g, '$1') ?? (bare.test(text) ? text : '');
  if (key !== '' && key.length <= maxKeyLength) return key;
  throw new ConnectError(
    `the idempotency key must be a string of 1 to ${maxKeyLength} visible characters, such as "8e03978e-40d5-43dd-bc93-6894a57f9324"`,
    Code.InvalidArgument,
  );
}
