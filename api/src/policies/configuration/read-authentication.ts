import { resolve } from 'node:path';
import { apiKeyIssuer } from '../authentication/api-keys.ts';
import { isLoopbackName } from '../loopback-name.ts';
import { type ConfigFields, fieldsOf, readList, readText } from './config-fields.ts';
import type { AuthenticationConfig, TokenIssuerConfig } from './policy-config.ts';

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

const realm = { shape: /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/, what: 'printable, without quotes' };

/** Reads `authentication`. Relative paths in it are relative to `folder`. */
export function readAuthentication(fields: ConfigFields, folder: string): AuthenticationConfig {
  const readIssuers = readList((issuer, path) => readIssuer(fieldsOf(issuer, path), folder));
  const issuers = fields.optional('jwt', readIssuers) ?? [];
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
    typeof value === 'string' ? [value] : readList(readText())(value, path),
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
