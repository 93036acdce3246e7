import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context } from 'hono';
import type { EdgeResponse, Exchange, WholeResponse } from './exchange.ts';
import { streamOverFetch } from './http/fetch-body-writer.ts';
import { sendOverNode } from './http/node-body-writer.ts';
import type { EdgeEnv } from './middleware/edge-env.ts';

/**
 * Sends an answer. A whole one without trailers becomes a Fetch response: its headers are a plain object and its body is
 * whole, so the server writes both as they are. Any other is written to Node's own response, where there is one;
 * then this resolves when the last of it has been handed over, or the client has gone.
 */
export function respond(
  c: Context<EdgeEnv>,
  response: EdgeResponse,
  closing: boolean,
): Response | Promise<Response> {
  const exchange = c.get('exchange');
  const { status, headers } = response;
  for (const name in exchange.responseHeaders)
    addField(headers, name, exchange.responseHeaders[name] as string);
  headers['x-request-id'] = exchange.requestId;
  // Tells the client to open its next connection elsewhere (RFC 9112, section 9.6).
  if (closing) headers.connection = 'close';
  // HTTP/2 has no such field (RFC 9113, section 8.2.2): there the port says goodbye by itself.
  if (exchange.request.httpVersion === 2) delete headers.connection;
  exchange.sentStatus = status;
  if ('body' in response && response.trailers === undefined) return wholeResponse(exchange, response);
  // Hono makes a response of its own for HEAD, so none can have been sent; and of these it takes the header alone.
  const isHead = exchange.request.method === 'HEAD';
  const outgoing = c.env?.outgoing;
  if (outgoing !== undefined && !isHead)
    return sendOverNode(exchange, response, outgoing).then(() => RESPONSE_ALREADY_SENT);
  if ('body' in response) {
    if (!isHead) throw new TypeError('only a server of Node.js can send trailers');
    return wholeResponse(exchange, { ...response, headers: { ...headers, ...response.trailers } });
  }
  return streamOverFetch(exchange, response);
}

function wholeResponse(exchange: Exchange, { status, headers, body }: WholeResponse): Response {
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
