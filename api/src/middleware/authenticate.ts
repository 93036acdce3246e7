import { readCredentials } from '../policies/authentication/credentials.ts';
import type { EdgePolicies } from '../policies/edge-policies.ts';
import type { Stage } from './stages.ts';

/**
 * Finds out who calls, before anything of the body is read. Credentials of a public method are not looked at, and go on to
 * the worker as they came.
 */
export const authenticate =
  ({ authenticator, challenger, forwardCredentials }: EdgePolicies): Stage =>
  (exchange) => {
    const needed = exchange.routed?.record.policy.authentication;
    if (needed === 'public') return undefined;
    if (authenticator !== undefined) {
      const { request } = exchange;
      const credentials = readCredentials(request.header('authorization'), request.header('x-api-key'));
      exchange.credentialsEndHere = !forwardCredentials;
      const identity = authenticator.identify(credentials);
      // Without a promise in between where the token is known: most calls come here that way.
      if (identity instanceof Promise) {
        return identity.then((known) => {
          exchange.identity = known;
        });
      }
      exchange.identity = identity;
    }
    if (needed === 'required' && exchange.identity === undefined) throw challenger.missing();
    return undefined;
  };
