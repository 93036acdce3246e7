import type { EdgeResponse, Exchange } from './exchange.ts';

/**
 * Makes the Fetch response. Headers are a plain object and the body is whole, so the server writes both as they are,
 * without a `Headers` object or a stream in between.
 */
export function respond(exchange: Exchange, response: EdgeResponse, closing: boolean): Response {
  const { status, headers, body } = response;
  for (const name in exchange.responseHeaders)
    addField(headers, name, exchange.responseHeaders[name] as string);
  headers['x-request-id'] = exchange.requestId;
  // Tells the client to open its next connection elsewhere (RFC 9112, section 9.6).
  if (closing) headers.connection = 'close';
  const length = typeof body === 'string' ? Buffer.byteLength(body) : (body?.length ?? 0);
  exchange.sentBytes = length;
  if (exchange.request.method !== 'HEAD') return new Response(body, { status, headers });
  headers['content-length'] = String(length);
  return new Response(null, { status, headers });
}

/** Stages and answer may both say what the answer varies by (RFC 9110, section 12.5.5); else the stage's word counts. */
function addField(headers: Record<string, string>, name: string, value: string): void {
  const own = headers[name];
  headers[name] = name === 'vary' && own !== undefined ? `${own}, ${value}` : value;
}
