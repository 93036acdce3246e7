import { cors as connectLists } from '@connectrpc/connect';

/** Which web pages of other origins may call (Fetch standard, "CORS protocol"). */
export interface CorsOptions {
  /** Origins such as `https://shop.example.com`; `*` for any. */
  readonly origins: readonly string[];
  /** Whether pages may send cookies and the like along. Default false: the edge uses none. */
  readonly credentials: boolean;
  /** How long a browser may keep the answer to a preflight, in seconds. */
  readonly maxAgeSeconds: number;
  /** Request fields that pages may send besides those below: the application's own metadata. */
  readonly requestHeaders: readonly string[];
  /** Answer fields that pages may read besides those below. */
  readonly responseHeaders: readonly string[];
}

/** Fields of answers by CORS; undefined for an origin that is not allowed. */
export interface CorsPolicy {
  preflight(origin: string): Record<string, string> | undefined;
  actual(origin: string): Record<string, string> | undefined;
  /** Whether answers depend on the origin, so that caches must keep them apart. */
  readonly varies: boolean;
}

/** The methods of Connect, and those of REST. */
const allowedMethods = [
  ...new Set([...connectLists.allowedMethods, 'GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']),
];

const allowedHeaders = [
  ...connectLists.allowedHeaders,
  'Accept-Encoding',
  'Authorization',
  'Content-Encoding',
  'Grpc-Message-Type',
  'Idempotency-Key',
  'Last-Event-ID',
  'Prefer',
  'traceparent',
  'tracestate',
  'X-Api-Key',
  'X-Request-Id',
  // Of events that are published (CloudEvents, HTTP binding).
  'ce-id',
  'ce-source',
  'ce-specversion',
  'ce-subject',
  'ce-time',
  'ce-type',
];

const exposedHeaders = [
  ...connectLists.exposedHeaders,
  'Busline-Call-Fate',
  'Busline-Operation',
  'Busline-Operation-Expires',
  'Connect-Content-Encoding',
  'Content-Encoding',
  'ETag',
  'Idempotency-Replayed',
  'Link',
  'Location',
  'Preference-Applied',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'WWW-Authenticate',
  'X-Request-Id',
];

export function createCorsPolicy(options: CorsOptions): CorsPolicy {
  const { credentials, maxAgeSeconds } = options;
  const origins = new Set(options.origins);
  const any = origins.has('*');
  // With `*` a page may read every field, the metadata of the application among them; browsers take it for all fields
  // only where no cookies are involved (Fetch standard, "CORS-exposed header-name list").
  const exposed = credentials ? unique([...exposedHeaders, ...options.responseHeaders]) : '*';
  const preflightFields = {
    'access-control-allow-methods': allowedMethods.join(', '),
    'access-control-allow-headers': unique([...allowedHeaders, ...options.requestHeaders]),
    'access-control-max-age': String(maxAgeSeconds),
  };

  return {
    varies: !any && origins.size > 0,
    preflight(origin) {
      const fields = originFields(origin);
      return fields && { ...fields, ...preflightFields };
    },
    actual(origin) {
      const fields = originFields(origin);
      return fields && { ...fields, 'access-control-expose-headers': exposed };
    },
  };

  function originFields(origin: string): Record<string, string> | undefined {
    if (!any && !origins.has(origin)) return undefined;
    return {
      'access-control-allow-origin': any ? '*' : origin,
      ...(credentials && { 'access-control-allow-credentials': 'true' }),
    };
  }
}

function unique(names: readonly string[]): string {
  return [...new Map(names.map((name) => [name.toLowerCase(), name])).values()].join(', ');
}
