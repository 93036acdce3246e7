import type { Scopes } from './contract-policy.ts';
import type { Identity } from './identity.ts';

/** The scopes that a caller lacks: all that are missing of those it needs, or each of those that would do. */
export function missingScopes({ allOf, anyOf }: Scopes, identity: Identity | undefined): readonly string[] {
  const held = identity?.scopes ?? [];
  const missing = allOf.filter((scope) => !held.includes(scope));
  if (missing.length > 0) return missing;
  return anyOf.length === 0 || anyOf.some((scope) => held.includes(scope)) ? [] : anyOf;
}
