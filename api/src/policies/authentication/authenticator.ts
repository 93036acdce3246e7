import type { Identity } from '@busline/bus';
import type { ApiKeys } from './api-keys.ts';
import type { Challenger } from './challenge.ts';
import type { Credentials } from './credentials.ts';
import type { TokenVerifier } from './token-verifier.ts';

/** Tells who sends a request. */
export interface Authenticator {
  /**
   * Undefined where there are no credentials.
   *
   * @throws ConnectError for credentials that are not valid
   */
  identify(credentials: Credentials): Identity | undefined | Promise<Identity>;
}

export interface AuthenticatorOptions {
  readonly tokens: TokenVerifier | undefined;
  readonly apiKeys: (() => ApiKeys) | undefined;
  readonly challenger: Challenger;
}

export function createAuthenticator({ tokens, apiKeys, challenger }: AuthenticatorOptions): Authenticator {
  return {
    identify(credentials) {
      switch (credentials.kind) {
        case 'none':
          return undefined;
        case 'several':
          throw challenger.several();
        case 'malformed':
          throw challenger.invalid(credentials.problem);
        case 'bearer':
          if (tokens === undefined) throw challenger.invalid('bearer tokens are not accepted here');
          return tokens.verify(credentials.token);
        case 'api-key':
          return ownerOf(credentials.key);
      }
    },
  };

  function ownerOf(key: string): Identity {
    if (apiKeys === undefined) throw challenger.invalid('API keys are not accepted here');
    const owner = apiKeys().find(key, Date.now());
    if (owner === undefined) throw challenger.invalid('the API key is not known');
    if (owner === 'expired') throw challenger.invalid('the API key has expired');
    return owner;
  }
}
