import type { Logger } from 'pino';
import type { EdgeLimits } from '../limits.ts';
import { parseApiKeys } from './authentication/api-keys.ts';
import { type Authenticator, createAuthenticator } from './authentication/authenticator.ts';
import { type Challenger, createChallenger } from './authentication/challenge.ts';
import { createFileKeySource } from './authentication/file-key-source.ts';
import { createRemoteKeySource } from './authentication/remote-key-source.ts';
import { createTokenVerifier, type TokenVerifier } from './authentication/token-verifier.ts';
import type { AuthenticationConfig, PolicyConfig } from './configuration/policy-config.ts';
import { type CorsPolicy, createCorsPolicy } from './cors-policy.ts';
import { createPolicyResolver, type PolicyResolver } from './method-policy.ts';
import { type IsTrustedProxy, trustedProxies } from './rate-limits/client-address.ts';
import { createRateLimiter, type RateLimiter } from './rate-limits/rate-limiter.ts';
import { watchedFile } from './watched-file.ts';

/** Whom an edge lets in, and how often: everything its policies need while it runs. */
export interface EdgePolicies {
  /** Settles the policy of a method, for the route table. */
  readonly policyOf: PolicyResolver;
  /** Undefined where no credentials are known: then they are not looked at. */
  readonly authenticator: Authenticator | undefined;
  /** The kinds of credentials that are known. */
  readonly accepts: { readonly tokens: boolean; readonly apiKeys: boolean };
  readonly challenger: Challenger;
  /** Whether checked credentials go on to the workers. */
  readonly forwardCredentials: boolean;
  readonly cors: CorsPolicy | undefined;
  /** By rate class. */
  readonly rateLimiters: ReadonlyMap<string, RateLimiter>;
  readonly isTrustedProxy: IsTrustedProxy;
  /** Whether anybody may call anything. */
  readonly isOpen: boolean;
  /** Whether anybody on this machine may call anything, and nobody else. */
  readonly openToThisMachine: boolean;
  /** Stops following files and keys. */
  close(): void;
}

export interface EdgePoliciesOptions {
  readonly config: PolicyConfig;
  readonly limits: EdgeLimits;
  readonly log: Logger;
  /** How often files are looked at for changes, in milliseconds. Default 1,000. */
  readonly fileIntervalMs?: number | undefined;
}

/**
 * Puts policies to work: reads the files they name, and follows them.
 *
 * @throws TypeError naming a file that cannot be read
 */
export function createEdgePolicies(options: EdgePoliciesOptions): EdgePolicies {
  const { config, limits, log } = options;
  const { access, authentication, rateLimits, rules } = config;
  const { jwt, apiKeysFile, realm, forwardCredentials } = authentication;
  const open = access !== 'authenticated';
  const challenger = createChallenger({
    realm,
    schemes: [...(jwt.length > 0 ? ['Bearer' as const] : []), ...(apiKeysFile ? ['ApiKey' as const] : [])],
  });
  const closers: (() => void)[] = [];
  const authenticator = authenticatorOf(options, challenger, closers);
  if (open) {
    const whom = access === 'open' ? 'anybody on this machine' : 'anybody on the network';
    log.warn({ access }, `the edge is open: ${whom} may call every method without credentials`);
  } else if (authenticator === undefined) {
    log.warn('no authentication is configured: only public methods can be called (docs/security.md)');
  }
  return {
    policyOf: createPolicyResolver({
      limits,
      rules,
      open,
      rateClasses: new Set(rateLimits.map(({ name }) => name)),
    }),
    authenticator,
    accepts: { tokens: jwt.length > 0, apiKeys: apiKeysFile !== undefined },
    challenger,
    forwardCredentials,
    cors: config.cors && createCorsPolicy(config.cors),
    rateLimiters: new Map(rateLimits.map((limit) => [limit.name, createRateLimiter(limit)])),
    isTrustedProxy: trustedProxies(config.trustedProxies),
    isOpen: open,
    openToThisMachine: access === 'open',
    close() {
      for (const close of closers) close();
    },
  };
}

function authenticatorOf(
  { config, log, fileIntervalMs }: EdgePoliciesOptions,
  challenger: Challenger,
  closers: (() => void)[],
): Authenticator | undefined {
  const { jwt, apiKeysFile } = config.authentication;
  if (jwt.length === 0 && apiKeysFile === undefined) return undefined;
  const apiKeys =
    apiKeysFile === undefined
      ? undefined
      : watchedFile({
          path: apiKeysFile,
          what: 'the API keys',
          parse: parseApiKeys,
          log,
          intervalMs: fileIntervalMs,
        });
  if (apiKeys !== undefined) closers.push(() => apiKeys.close());
  return createAuthenticator({
    tokens: jwt.length === 0 ? undefined : tokensOf(jwt),
    apiKeys: apiKeys && (() => apiKeys.current),
    challenger,
  });

  function tokensOf(issuers: AuthenticationConfig['jwt']): TokenVerifier {
    const onChange = (): void => verifier.forget();
    const verifier: TokenVerifier = createTokenVerifier(
      issuers.map(({ keys: place, ...issuer }) => {
        const keys =
          'url' in place
            ? createRemoteKeySource({ url: place.url, log, onChange })
            : createFileKeySource({ path: place.file, log, onChange, intervalMs: fileIntervalMs });
        closers.push(() => keys.close());
        // Read at the start, so that the log tells of a wrong address before the first caller does.
        Promise.resolve(keys.current()).catch(() => undefined);
        return { ...issuer, keys };
      }),
      challenger,
    );
    return verifier;
  }
}
