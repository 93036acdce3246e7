import { missingScopes } from '@busline/bus';
import type { Challenger } from '../policies/authentication/challenge.ts';
import type { Stage } from './stages.ts';

/** Lets those through who may call the method. */
export const authorize =
  (challenger: Challenger): Stage =>
  ({ routed, identity }) => {
    if (routed === undefined) return;
    const missing = missingScopes(routed.record.policy.scopes, identity);
    if (missing.length > 0) throw challenger.insufficientScope(missing);
  };
