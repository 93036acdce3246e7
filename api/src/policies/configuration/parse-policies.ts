import { fieldsOf, parseJson } from './config-fields.ts';
import type { Access, PolicyConfig } from './policy-config.ts';
import { readAuthentication } from './read-authentication.ts';
import { readCors } from './read-cors.ts';
import { readProxies, readRateLimits } from './read-rate-limits.ts';
import { readRules } from './read-rules.ts';

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
