import { resolve } from 'node:path';
import type { ContractPolicy, Scopes } from '@busline/bus';
import { apiKeyIssuer } from '../authentication/api-keys.ts';
import type { CorsOptions } from '../cors-policy.ts';
import { isLoopbackName } from '../loopback-name.ts';
import { parseMethodPattern, patternForms } from '../method-pattern.ts';
import { defaultRateClass, type PolicyRule } from '../method-policy.ts';
import { trustedProxies } from '../rate-limits/client-address.ts';
import type { RateLimit } from '../rate-limits/token-bucket.ts';
import { type ConfigFields, fieldsOf, parseJson } from './config-fields.ts';
import type { Access, AuthenticationConfig, PolicyConfig, TokenIssuerConfig } from './policy-config.ts';

/** Signature algorithms that a token may use: every asymmetric one in common use (RFC 7518, section 3.1; RFC 8037). */
const tokenAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

const name = { shape: /^[A-Za-z0-9_.-]{1,64}$/, what: 'at most 64 letters, digits, "-", "_" and "."' };
const scope = { shape: /^[\x21\x23-\x5b\x5d-\x7e]+$/, what: 'a scope: printable, without spaces and quotes' };
const token = { shape: /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/, what: 'the name of a header field' };
const origin = {
  shape: /^(?:\*|https?:\/\/[^/?#\s]+|null)$/,
  what: '"*" or an origin such as "https://shop.example.com"',
};
const realm = { shape: /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/, what: 'printable, without quotes' };

/** Where the text of a configuration came from. */
export interface PolicySource {
  readonly text: string;
  /** Relative paths in it are relative to this folder. */
  readonly folder: string;
}

/**
 * Reads the policies of an edge from the text of its configuration file (docs/security.md).
 *
 * @throws TypeError naming the setting and what it must be
 */
export function parsePolicies(source: PolicySource | undefined, access: Access): PolicyConfig {
  const file = fieldsOf(source === undefined ? {} : parseJson(source.text), '');
  const folder = source?.folder ?? '.';
  const rateLimits = file.optional('rateLimits', readRateLimits) ?? [];
  const config: PolicyConfig = {
    access,
    authentication: readAuthentication(
      file.optional('authentication', fieldsOf) ?? fieldsOf({}, 'authentication'),
      folder,
    ),
    cors: file.optional('cors', readCors),
    rateLimits,
    trustedProxies: readProxies(file),
    rules: file.optional('methods', (value, path) => readRules(value, { path, rateLimits })) ?? [],
  };
  file.end();
  return config;
}

function readAuthentication(fields: ConfigFields, folder: string): AuthenticationConfig {
  const jwt = fields.optional('jwt', (value, path) => {
    if (!Array.isArray(value)) throw new TypeError(`${path} must be a list of issuers`);
    return value.map((item, index) => readIssuer(fieldsOf(item, `${path}[${index}]`), folder));
  });
  const issuers = jwt ?? [];
  const twice = issuers.find(
    ({ issuer }, index) => issuers.findIndex((other) => other.issuer === issuer) < index,
  );
  if (twice !== undefined)
    throw new TypeError(`${fields.pathOf('jwt')}: the issuer "${twice.issuer}" is there twice`);
  const apiKeysFile = fields.optionalText('apiKeysFile');
  const config: AuthenticationConfig = {
    realm: fields.optionalText('realm', realm) ?? 'busline',
    jwt: issuers,
    apiKeysFile: apiKeysFile === undefined ? undefined : resolve(folder, apiKeysFile),
    forwardCredentials: fields.optionalFlag('forwardCredentials') ?? false,
  };
  fields.end();
  return config;
}

function readIssuer(fields: ConfigFields, folder: string): TokenIssuerConfig {
  const issuer = fields.text('issuer');
  if (issuer === apiKeyIssuer) throw new TypeError(`${fields.pathOf('issuer')} cannot be "${apiKeyIssuer}"`);
  const audience = fields.optional('audience', (value, path) =>
    typeof value === 'string' ? [value] : fieldsOf({ [path]: value }, '').optionalTexts(path),
  );
  if (audience === undefined || audience.length === 0) {
    // Without one, a token that the same issuer made for another service would do here (RFC 8725, section 3.9).
    throw new TypeError(`${fields.pathOf('audience')} is missing: say whom tokens must be made for`);
  }
  const algorithms = fields.optionalTexts('algorithms', {
    shape: new RegExp(`^(?:${tokenAlgorithms.join('|')})$`),
    what: `one of ${tokenAlgorithms.join(', ')}`,
  });
  const config: TokenIssuerConfig = {
    issuer,
    audience,
    keys: readKeys(fields, folder),
    algorithms: algorithms ?? tokenAlgorithms,
    clockToleranceSeconds: fields.optionalNumber('clockToleranceSeconds', { min: 0, max: 300 }) ?? 5,
    scopeClaim: fields.optionalText('scopeClaim') ?? 'scope',
    claims: fields.optionalTexts('claims') ?? [],
  };
  fields.end();
  return config;
}

function readKeys(fields: ConfigFields, folder: string): TokenIssuerConfig['keys'] {
  const url = fields.optionalText('jwksUrl');
  const file = fields.optionalText('jwksFile');
  if ((url === undefined) === (file === undefined))
    throw new TypeError(
      `${fields.pathOf('jwksUrl')} or jwksFile must say where the keys are: one of the two`,
    );
  if (file !== undefined) return { file: resolve(folder, file) };
  const { protocol, hostname } = URL.canParse(url ?? '')
    ? new URL(url as string)
    : { protocol: '', hostname: '' };
  // Whoever can change the keys on their way here can make tokens.
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopbackName(hostname)))
    throw new TypeError(`${fields.pathOf('jwksUrl')} must be an https URL, not "${url}"`);
  return { url: url as string };
}

function readCors(value: unknown, path: string): CorsOptions {
  const fields = fieldsOf(value, path);
  const options: CorsOptions = {
    origins: fields.optionalTexts('origins', origin) ?? [],
    credentials: fields.optionalFlag('credentials') ?? false,
    maxAgeSeconds: fields.optionalNumber('maxAgeSeconds', { min: 0, max: 86_400 }) ?? 7_200,
    requestHeaders: fields.optionalTexts('requestHeaders', token) ?? [],
    responseHeaders: fields.optionalTexts('responseHeaders', token) ?? [],
  };
  fields.end();
  if (options.origins.length === 0)
    throw new TypeError(`${path}.origins must name an origin; without "cors" there is none`);
  if (options.credentials && options.origins.includes('*'))
    throw new TypeError(`${path}.credentials cannot be true for every origin: name the origins`);
  return options;
}

function readRateLimits(value: unknown, path: string): RateLimit[] {
  const classes = fieldsOf(value, path);
  return classes.names.map((className) => {
    if (!name.shape.test(className))
      throw new TypeError(`${path}: a rate class must be ${name.what}, not "${className}"`);
    const fields = fieldsOf(
      classes.optional(className, (limit) => limit),
      classes.pathOf(className),
    );
    const requests = fields.number('requests', { min: 1, max: 1e9 });
    const limit: RateLimit = {
      name: className,
      requests,
      perSeconds: fields.number('perSeconds', { min: 1, max: 86_400 }),
      burst: fields.optionalNumber('burst', { min: 1, max: 1e9 }) ?? requests,
    };
    fields.end();
    return limit;
  });
}

function readProxies(file: ConfigFields): readonly string[] {
  const entries = file.optionalTexts('trustedProxies') ?? [];
  try {
    trustedProxies(entries);
  } catch (error) {
    throw new TypeError(`trustedProxies: ${error instanceof Error ? error.message : String(error)}`);
  }
  return entries;
}

interface RulesContext {
  readonly path: string;
  readonly rateLimits: readonly RateLimit[];
}

function readRules(value: unknown, { path, rateLimits }: RulesContext): PolicyRule[] {
  const patterns = fieldsOf(value, path);
  return patterns.names.map((text) => {
    const pattern = parseMethodPattern(text);
    if (pattern === undefined)
      throw new TypeError(`${path}: "${text}" names no methods; use ${patternForms}`);
    const rulePath = `${path}["${text}"]`;
    const fields = fieldsOf(
      patterns.optional(text, (rule) => rule),
      rulePath,
    );
    const rateClass = fields.optionalText('rateClass', name);
    if (
      rateClass !== undefined &&
      rateClass !== defaultRateClass &&
      !rateLimits.some((limit) => limit.name === rateClass)
    )
      throw new TypeError(`${rulePath}.rateClass is "${rateClass}", and rateLimits has no such class`);
    return { pattern, policy: readRule(fields, rateClass) };
  });
}

function readRule(fields: ConfigFields, rateClass: string | undefined): ContractPolicy {
  const authentication = fields.optionalText('authentication', {
    shape: /^(?:required|optional|public)$/,
    what: '"required", "optional" or "public"',
  }) as ContractPolicy['authentication'];
  const scopes = fields.optional('scopes', readScopes);
  const timeout = { min: 1, max: 2 ** 31 - 1 };
  const policy: ContractPolicy = {
    authentication,
    scopes,
    rateClass,
    defaultTimeoutMs: fields.optionalNumber('defaultTimeoutMs', timeout),
    maxTimeoutMs: fields.optionalNumber('maxTimeoutMs', timeout),
    maxRequestBytes: fields.optionalNumber('maxRequestBytes', { min: 1, max: 2 ** 30 }),
  };
  fields.end();
  if (scopes !== undefined && authentication !== undefined && authentication !== 'required')
    throw new TypeError(
      `${fields.pathOf('scopes')} cannot be asked of callers whose authentication is ${authentication}`,
    );
  return policy;
}

function readScopes(value: unknown, path: string): Scopes {
  const fields = fieldsOf(value, path);
  const scopes = {
    allOf: fields.optionalTexts('allOf', scope) ?? [],
    anyOf: fields.optionalTexts('anyOf', scope) ?? [],
  };
  fields.end();
  return scopes;
}
