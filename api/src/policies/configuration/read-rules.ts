import type { ContractPolicy, Scopes } from '@busline/bus';
import { parseMethodPattern, patternForms } from '../method-pattern.ts';
import { defaultRateClass, type PolicyRule } from '../method-policy.ts';
import type { RateLimit } from '../rate-limits/token-bucket.ts';
import { type ConfigFields, fieldsOf } from './config-fields.ts';
import { rateClassName } from './read-rate-limits.ts';

const scope = { shape: /^[\x21\x23-\x5b\x5d-\x7e]+$/, what: 'a scope: printable, without spaces and quotes' };

interface RulesContext {
  readonly path: string;
  readonly rateLimits: readonly RateLimit[];
}

/** Reads `methods`: what the configuration says about the methods of each pattern. */
export function readRules(value: unknown, { path, rateLimits }: RulesContext): PolicyRule[] {
  const patterns = fieldsOf(value, path);
  return patterns.names.map((text) => {
    const pattern = parseMethodPattern(text);
    if (pattern === undefined)
      throw new TypeError(`${path}: "${text}" names no methods; use ${patternForms}`);
    const rulePath = `${path}["${text}"]`;
    const fields = patterns.required(text, (rule) => fieldsOf(rule, rulePath));
    const rateClass = fields.optionalText('rateClass', rateClassName);
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
