import { missingScopes } from '@busline/bus';
import { createMiddleware } from 'hono/factory';
import type { Challenger } from '../policies/authentication/challenge.ts';
import type { EdgeEnv } from './edge-env.ts';

/** Lets those through who may call the method. */
export const authorize = (challenger: Challenger) =>
  createMiddleware<EdgeEnv>(function authorize(c, next) {
    const { routed, identity } = c.get('exchange');
    if (routed !== undefined) {
      const missing = missingScopes(routed.record.policy.scopes, identity);
      if (missing.length > 0) throw challenger.insufficientScope(missing);
    }
    return next();
  });
