import { trustedProxies } from '../rate-limits/client-address.ts';
import type { RateLimit } from '../rate-limits/token-bucket.ts';
import { type ConfigFields, fieldsOf, type TextShape } from './config-fields.ts';

/** What the name of a rate class looks like. */
export const rateClassName: TextShape = {
  shape: /^[A-Za-z0-9_.-]{1,64}$/,
  what: 'at most 64 letters, digits, "-", "_" and "."',
};

/** Reads `rateLimits`: the limits by rate class. */
export function readRateLimits(value: unknown, path: string): RateLimit[] {
  const classes = fieldsOf(value, path);
  return classes.names.map((className) => {
    if (!rateClassName.shape.test(className))
      throw new TypeError(`${path}: a rate class must be ${rateClassName.what}, not "${className}"`);
    const fields = classes.required(className, fieldsOf);
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

/** Reads `trustedProxies`. */
export function readProxies(file: ConfigFields): readonly string[] {
  const entries = file.optionalTexts('trustedProxies') ?? [];
  try {
    trustedProxies(entries);
  } catch (error) {
    throw new TypeError(`trustedProxies: ${error instanceof Error ? error.message : String(error)}`);
  }
  return entries;
}
