import type { Exchange } from '../exchange.ts';
import { edgeFault } from '../policies/edge-fault.ts';
import type { EdgePolicies } from '../policies/edge-policies.ts';
import { addressGroup, clientAddress } from '../policies/rate-limits/client-address.ts';
import { rateLimitFields } from '../policies/rate-limits/rate-limit-fields.ts';
import type { Stage } from './stages.ts';

/**
 * Counts the call against the limit of the method's rate class, for whoever makes it: the identity, or the address where
 * there is none. Methods whose class has no limit are not counted.
 */
export const rateLimit = ({ rateLimiters, isTrustedProxy }: EdgePolicies): Stage => {
  return (exchange, c) => {
    const limiter = rateLimiters.get(exchange.routed?.record.policy.rateClass ?? '');
    if (limiter === undefined) return;
    const { limit } = limiter;
    const peer = c.env?.incoming?.socket.remoteAddress;
    const drawn = limiter.take(callerOf(exchange, peer), performance.now());
    Object.assign(exchange.responseHeaders, rateLimitFields(limit, drawn));
    if (drawn.allowed) return;
    throw edgeFault('RATE_LIMITED', {
      message: `more than ${limit.requests} calls in ${limit.perSeconds} s of the rate class "${limit.name}"; try again later`,
      facts: { rateClass: limit.name },
      retryAfterMs: drawn.nextMs,
      violatedPolicy: limit.name,
    });
  };

  /** What tells one caller from another. The issuer stands first, so no subject looks like an address. */
  function callerOf({ identity, request }: Exchange, peer: string | undefined): string {
    if (identity !== undefined) return `${identity.issuer} ${identity.subject}`;
    return addressGroup(clientAddress(peer, request.header('x-forwarded-for'), isTrustedProxy));
  }
};
