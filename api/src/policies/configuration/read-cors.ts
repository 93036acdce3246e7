import type { CorsOptions } from '../cors-policy.ts';
import { fieldsOf, readList, readText } from './config-fields.ts';

const token = { shape: /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/, what: 'the name of a header field' };
const originShape = /^(?:\*|https?:\/\/[^/?#\s]+)$/;

/** Reads `cors`. */
export function readCors(value: unknown, path: string): CorsOptions {
  const fields = fieldsOf(value, path);
  const options: CorsOptions = {
    origins: fields.optional('origins', readOrigins) ?? [],
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

function readOrigins(value: unknown, path: string): readonly string[] {
  const what = '"*" or an origin such as "https://shop.example.com"';
  const origins = readList(readText({ shape: originShape, what }))(value, path);
  for (const origin of origins) {
    // Compared as text with what browsers send: lower case, without the port that goes without saying.
    const sent = URL.canParse(origin) ? new URL(origin).origin : origin;
    if (sent !== origin) throw new TypeError(`${path}: browsers send "${origin}" as "${sent}"`);
  }
  return origins;
}
