import type { ConnectError } from '@connectrpc/connect';
import { edgeFault } from '../edge-fault.ts';

/** Turns callers away in the words of RFC 6750 and RFC 9110, section 11.6.1. */
export interface Challenger {
  /** 401 without an error code: the request has no credentials (RFC 6750, section 3.1). */
  missing(): ConnectError;
  /** 401 `invalid_token`. */
  invalid(problem: string, cause?: unknown): ConnectError;
  /** 400 `invalid_request`. */
  several(): ConnectError;
  /** 403 `insufficient_scope`, naming the scopes that are missing. */
  insufficientScope(scopes: readonly string[]): ConnectError;
}

export interface ChallengerOptions {
  /** Name of what is protected, for people. */
  readonly realm: string;
  /** What is accepted. None: an edge that knows no credentials at all. */
  readonly schemes: readonly ('Bearer' | 'ApiKey')[];
}

export function createChallenger({ realm, schemes }: ChallengerOptions): Challenger {
  const accepted = schemes.map(nameOfScheme).join(' or ');

  return {
    missing: () =>
      edgeFault('CREDENTIALS_MISSING', {
        message:
          schemes.length === 0
            ? 'the method is not public, and this edge is not configured to know anybody: see docs/security.md'
            : `the method needs credentials: send ${accepted}`,
        metadata: challenge({}),
      }),
    invalid: (problem, cause) =>
      edgeFault('CREDENTIALS_INVALID', {
        message: problem,
        metadata: challenge({ error: 'invalid_token', error_description: problem }),
        cause,
      }),
    several: () =>
      edgeFault('CREDENTIALS_AMBIGUOUS', {
        message: 'send either authorization or x-api-key, not both',
        metadata: challenge({ error: 'invalid_request' }),
      }),
    insufficientScope(scopes) {
      const scope = scopes.join(' ');
      return edgeFault('SCOPE_MISSING', {
        message: `the caller lacks a scope that the method asks for: ${scope}`,
        facts: { scope },
        metadata: challenge({ error: 'insufficient_scope', scope }),
      });
    },
  };

  /** One challenge for each scheme; what is wrong stands in the first, as the field has one line. */
  function challenge(parameters: Readonly<Record<string, string>>): Record<string, string> {
    const offered = schemes.length === 0 ? ['Bearer'] : schemes;
    const lines = offered.map((scheme, index) => {
      const all = { realm, ...(index === 0 && parameters) };
      return `${scheme} ${Object.entries(all)
        .map(([name, value]) => `${name}=${quoted(value)}`)
        .join(', ')}`;
    });
    return { 'www-authenticate': lines.join(', ') };
  }
}

function nameOfScheme(scheme: 'Bearer' | 'ApiKey'): string {
  return scheme === 'Bearer' ? '"authorization: Bearer <token>"' : '"x-api-key: <key>"';
}

/** A quoted-string (RFC 9110, section 5.6.4) of the characters that RFC 6750 allows in its parameters. */
function quoted(value: string): string {
  return `"${value
    .replaceAll('"', "'")
    .replaceAll('\\', '/')
    .replace(/[^\x20-\x7e]/g, '?')}"`;
}
