import type { Draw, RateLimit } from './token-bucket.ts';

/**
 * The fields that tell a caller how it stands (draft-ietf-httpapi-ratelimit-headers, sections 3 and 4): `r` calls can
 * follow at once, and after `t` seconds there is more.
 */
export function rateLimitFields(limit: RateLimit, { remaining, nextMs }: Draw): Record<string, string> {
  return {
    'ratelimit-policy': `"${limit.name}";q=${limit.requests};w=${limit.perSeconds}`,
    ratelimit: `"${limit.name}";r=${remaining};t=${Math.ceil(nextMs / 1000)}`,
  };
}
