import type { CorsOptions } from '../cors-policy.ts';
import type { PolicyRule } from '../method-policy.ts';
import type { RateLimit } from '../rate-limits/token-bucket.ts';

/** What an edge is configured to let in. */
export interface PolicyConfig {
  readonly access: Access;
  readonly authentication: AuthenticationConfig;
  readonly cors: CorsOptions | undefined;
  readonly rateLimits: readonly RateLimit[];
  /** Proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  readonly rules: readonly PolicyRule[];
}

export type Access =
  /** Methods need credentials unless they are public. */
  | 'authenticated'
  /** Anybody on this machine may call anything. */
  | 'open'
  /** Anybody on the network may. */
  | 'open-to-network';

export interface AuthenticationConfig {
  readonly realm: string;
  readonly jwt: readonly TokenIssuerConfig[];
  /** Path of the file of API keys. */
  readonly apiKeysFile: string | undefined;
  /** Whether credentials that were checked go on to the workers. Default false: what a worker gets is the identity. */
  readonly forwardCredentials: boolean;
}

export interface TokenIssuerConfig {
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly keys: { readonly url: string } | { readonly file: string };
  readonly algorithms: readonly string[];
  readonly clockToleranceSeconds: number;
  readonly scopeClaim: string;
  readonly claims: readonly string[];
}

/** Nobody gets in but to public methods. */
export const closedPolicies: PolicyConfig = {
  access: 'authenticated',
  authentication: { realm: 'busline', jwt: [], apiKeysFile: undefined, forwardCredentials: false },
  cors: undefined,
  rateLimits: [],
  trustedProxies: [],
  rules: [],
};

/** Anybody on this machine gets in. */
export const openPolicies: PolicyConfig = { ...closedPolicies, access: 'open' };
