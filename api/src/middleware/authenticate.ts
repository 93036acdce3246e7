import { createMiddleware } from 'hono/factory';
import { readCredentials } from '../policies/authentication/credentials.ts';
import type { EdgePolicies } from '../policies/edge-policies.ts';
import type { EdgeEnv } from './edge-env.ts';

/**
 * Finds out who calls, before anything of the body is read. Credentials of a public method are not looked at, and go on to
 * the worker as they came.
 */
export const authenticate = ({ authenticator, challenger, forwardCredentials }: EdgePolicies) =>
  createMiddleware<EdgeEnv>(async function authenticate(c, next) {
    const exchange = c.get('exchange');
    const needed = exchange.routed?.record.policy.authentication;
    if (needed === 'public') return next();
    if (authenticator !== undefined) {
      const { request } = exchange;
      const credentials = readCredentials(request.header('authorization'), request.header('x-api-key'));
      exchange.credentialsEndHere = !forwardCredentials;
      const identity = authenticator.identify(credentials);
      exchange.identity = identity instanceof Promise ? await identity : identity;
    }
    if (needed === 'required' && exchange.identity === undefined) throw challenger.missing();
    return next();
  });
