/** What a request shows of who sends it. */
export type Credentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'bearer'; readonly token: string }
  | { readonly kind: 'api-key'; readonly key: string }
  /** `problem` is a sentence for the caller. */
  | { readonly kind: 'malformed'; readonly problem: string }
  | { readonly kind: 'several' };

/** RFC 6750, section 2.1: `b64token`. */
const bearerShape = /^Bearer +([A-Za-z0-9._~+/-]+=*) *$/i;
const apiKeyShape = /^ApiKey +([\x21-\x7e]+) *$/i;
const plainKeyShape = /^[\x21-\x7e]+$/;

/**
 * Reads the credentials of a request: `Authorization: Bearer <token>`, `Authorization: ApiKey <key>` or
 * `X-Api-Key: <key>`; never the query, which ends up in logs (RFC 6750, section 5.3).
 */
export function readCredentials(authorization: string | undefined, apiKey: string | undefined): Credentials {
  if (authorization !== undefined && apiKey !== undefined) return { kind: 'several' };
  if (apiKey !== undefined) {
    return plainKeyShape.test(apiKey)
      ? { kind: 'api-key', key: apiKey }
      : { kind: 'malformed', problem: 'x-api-key must be one key' };
  }
  if (authorization === undefined) return { kind: 'none' };
  const token = bearerShape.exec(authorization)?.[1];
  if (token !== undefined) return { kind: 'bearer', token };
  const key = apiKeyShape.exec(authorization)?.[1];
  if (key !== undefined) return { kind: 'api-key', key };
  return { kind: 'malformed', problem: 'authorization must be "Bearer <token>" or "ApiKey <key>"' };
}
