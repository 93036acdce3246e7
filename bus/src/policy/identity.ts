import { create, fromBinary, type JsonObject, toBinary } from '@bufbuild/protobuf';
import { timestampDate, timestampFromDate } from '@bufbuild/protobuf/wkt';
import { IdentitySchema } from '@busline/schemas/busline/policy/v1/identity';

/** A caller, as an edge has verified it. */
export interface Identity {
  /** Who it is, unique within the issuer: a token's `sub`, or the subject of an API key. */
  readonly subject: string;
  /** Who says so: a token's `iss`, or `api-key`. */
  readonly issuer: string;
  readonly scopes: readonly string[];
  /** When the credentials end; undefined for never. A call that was let in may outlast it. */
  readonly expiresAt?: Date | undefined;
  /** Further claims of a token, those that the edge is configured to pass on. */
  readonly claims?: JsonObject | undefined;
}

// An edge sends the same identity with every call of a caller: it is encoded once.
const encoded = new WeakMap<Identity, string>();

/** The value of `bl-identity` (docs/protocol.md, "Identity"): a serialized `busline.policy.v1.Identity` in base64. */
export function encodeIdentity(identity: Identity): string {
  let text = encoded.get(identity);
  if (text === undefined) {
    const { subject, issuer, scopes, expiresAt, claims } = identity;
    const message = create(IdentitySchema, {
      subject,
      issuer,
      scopes: [...scopes],
      ...(expiresAt !== undefined && { expireTime: timestampFromDate(expiresAt) }),
      ...(claims !== undefined && { claims }),
    });
    text = Buffer.from(toBinary(IdentitySchema, message)).toString('base64');
    encoded.set(identity, text);
  }
  return text;
}

/** Reads what `encodeIdentity` wrote. Undefined for anything else: a caller that cannot be read is nobody. */
export function decodeIdentity(text: string): Identity | undefined {
  try {
    const { subject, issuer, scopes, expireTime, claims } = fromBinary(
      IdentitySchema,
      Buffer.from(text, 'base64'),
    );
    if (subject === '') return undefined;
    return {
      subject,
      issuer,
      scopes,
      expiresAt: expireTime && timestampDate(expireTime),
      claims,
    };
  } catch {
    return undefined;
  }
}
