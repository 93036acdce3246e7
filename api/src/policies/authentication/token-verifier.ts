import type { JsonObject, JsonValue } from '@bufbuild/protobuf';
import type { Identity } from '@busline/bus';
import { ConnectError } from '@connectrpc/connect';
import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose';
import type { Challenger } from './challenge.ts';
import { createExpiringCache } from './expiring-cache.ts';
import type { KeySource } from './key-source.ts';

/** Whose tokens are accepted, and how they are checked. */
export interface TokenIssuer {
  /** `iss`, as it stands. */
  readonly issuer: string;
  /** One of these must be in `aud`. */
  readonly audience: readonly string[];
  /** Signature algorithms. Only asymmetric ones: whoever could check the others could make tokens too. */
  readonly algorithms: readonly string[];
  /** How far the clocks may be apart for `exp`, `nbf` and `iat`. */
  readonly clockToleranceSeconds: number;
  /** The claim that holds the scopes: a list, or text with spaces between. */
  readonly scopeClaim: string;
  /** Claims that go on to the workers. */
  readonly claims: readonly string[];
  readonly keys: KeySource;
}

/** Checks bearer tokens (RFC 7519, RFC 8725). */
export interface TokenVerifier {
  /**
   * Who a token was made for. At once for a token that was checked lately.
   *
   * @throws ConnectError CREDENTIALS_INVALID saying what is wrong; KEYS_UNAVAILABLE
   */
  verify(token: string): Identity | Promise<Identity>;
  /** Forgets what was checked: the keys have changed. */
  forget(): void;
}

/** Tokens remembered at once: 13 MB with tokens of 900 characters. */
const maxRemembered = 10_000;

/**
 * Longest time a token counts as checked, in milliseconds. It bounds how long a key that its issuer has withdrawn goes on
 * opening doors; a signature takes 0.1 to 0.2 ms to check, which is nothing once in five minutes.
 */
const rememberMs = 5 * 60_000;

/** Keys tried for one token, where neither token nor set says which: more would be work for the asking. */
const maxCandidates = 4;

export function createTokenVerifier(issuers: readonly TokenIssuer[], challenger: Challenger): TokenVerifier {
  const byName = new Map(issuers.map((issuer) => [issuer.issuer, issuer]));
  const remembered = createExpiringCache<Identity>(maxRemembered);

  return {
    verify: (token) => remembered.get(token, Date.now()) ?? check(token),
    forget: () => remembered.clear(),
  };

  async function check(token: string): Promise<Identity> {
    try {
      const issuer = issuerOf(token);
      const payload = await verifiedPayload(token, issuer);
      const identity = identityOf(payload, issuer);
      const expiresAtMs = (payload.exp as number) * 1000 + issuer.clockToleranceSeconds * 1000;
      const nowMs = Date.now();
      remembered.set(token, identity, Math.min(expiresAtMs, nowMs + rememberMs));
      return identity;
    } catch (error) {
      if (error instanceof ConnectError) throw error;
      throw challenger.invalid(describe(error), error);
    }
  }

  function issuerOf(token: string): TokenIssuer {
    const issuer = byName.get(String(decodeJwt(token).iss));
    if (issuer === undefined) throw challenger.invalid('the issuer of the token is not trusted here');
    return issuer;
  }

  async function verifiedPayload(token: string, issuer: TokenIssuer): Promise<JWTPayload> {
    const header = decodeProtectedHeader(token);
    const { alg } = header;
    // Before any key is looked for, so that no algorithm of the token's choice is ever tried.
    if (alg === undefined || !issuer.algorithms.includes(alg)) {
      throw challenger.invalid(`the algorithm of the token must be one of ${issuer.algorithms.join(', ')}`);
    }
    let keys = await issuer.keys.current();
    let candidates = await keys.candidates({ ...header, alg });
    while (candidates.length === 0) {
      const newer = await issuer.keys.newer(keys);
      if (newer === undefined)
        throw challenger.invalid('the token is signed with a key that its issuer does not list');
      keys = newer;
      candidates = await keys.candidates({ ...header, alg });
    }
    let failure: unknown;
    for (const key of candidates.slice(0, maxCandidates)) {
      try {
        const { payload } = await jwtVerify(token, key, {
          issuer: issuer.issuer,
          audience: [...issuer.audience],
          algorithms: [...issuer.algorithms],
          clockTolerance: issuer.clockToleranceSeconds,
          requiredClaims: ['exp', 'sub'],
        });
        return payload;
      } catch (error) {
        if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  function identityOf(payload: JWTPayload, issuer: TokenIssuer): Identity {
    const { sub, exp } = payload;
    if (typeof sub !== 'string' || sub === '')
      throw challenger.invalid('the claim "sub" of the token is empty');
    const claims: JsonObject = {};
    for (const name of issuer.claims) {
      if (payload[name] !== undefined) claims[name] = payload[name] as JsonValue;
    }
    return {
      subject: sub,
      issuer: issuer.issuer,
      scopes: scopesOf(payload[issuer.scopeClaim]),
      expiresAt: new Date((exp as number) * 1000),
      ...(Object.keys(claims).length > 0 && { claims }),
    };
  }
}

function scopesOf(claim: unknown): string[] {
  if (typeof claim === 'string') return claim.split(' ').filter((scope) => scope !== '');
  return Array.isArray(claim) ? claim.filter((scope) => typeof scope === 'string') : [];
}

/** What is wrong with a token, for its owner; the library's own texts are for developers of tokens. */
function describe(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'the token has expired';
  if (error instanceof errors.JWTClaimValidationFailed) {
    return error.reason === 'missing'
      ? `the claim "${error.claim}" of the token is missing`
      : `the claim "${error.claim}" of the token is not accepted here`;
  }
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return 'the signature of the token is not valid';
  return 'the token is no valid JSON Web Token';
}
