import { codeTable } from '@busline/bus/errors';
import type { Exchange, WholeResponse } from '../../exchange.ts';
import type { ErrorFormat } from '../../rest-route.ts';
import type { ReplyFraming } from '../protocol.ts';
import { prefersEvents } from './accept.ts';
import { errorBody } from './error.ts';
import { addErrorMetadata, trailersOf } from './metadata.ts';
import type { RestCall } from './request.ts';

/** How the messages of a server stream look in REST: lines of JSON, events for those who ask for them, or raw bytes. */
export function restReplies(
  exchange: Exchange,
  call: RestCall,
  errorFormat: ErrorFormat,
): ReplyFraming | WholeResponse {
  if (call.target.route.response().bodyKind === 'raw') return rawReplies(call);
  if (!prefersEvents(exchange.request.header('accept'))) return lineReplies(exchange, call);
  // EventSource connects again after whatever end; 204 is how it is told to leave it (HTML, "Server-sent events").
  if (exchange.request.header('last-event-id') === lastEventId)
    return { status: 204, headers: {}, body: undefined };
  return eventReplies(exchange, call, errorFormat);
}

/**
 * A JSON object per line, `{"result":…}`, then `{"trailers":…}` if there are any, and where the stream fails `{"error":…}` in
 * the last one. That is the form of
 * AIP-193, whatever the format of errors: there it belongs together.
 */
function lineReplies(exchange: Exchange, call: RestCall): ReplyFraming {
  return {
    headers: (header) => streamHeaders('application/x-ndjson', header),
    message: (message) => [`{"result":${bodyText(call, message)}}\n`],
    end(trailer, error) {
      if (error === undefined) {
        const trailers = trailersOf(trailer);
        return { pieces: trailers === undefined ? [] : [`${JSON.stringify({ trailers })}\n`] };
      }
      const failure = { thrown: error, target: call.target, errorFormat: 'google' } as const;
      return { pieces: [`${JSON.stringify(errorBody(exchange, failure).body)}\n`] };
    },
  };
}

/** Id of the event behind which there is nothing more. */
const lastEventId = 'end';

/** How long an EventSource waits before it connects again, in milliseconds. */
const retryMs = 2000;

/** A comment at least this often: proxies take a connection for dead after 30 seconds and more. */
const heartbeatMs = 15_000;

/** An event per message, and one that says how the stream ended. */
function eventReplies(exchange: Exchange, call: RestCall, errorFormat: ErrorFormat): ReplyFraming {
  const { serverSent } = call.target.record;
  return {
    opening: `retry: ${retryMs}\n\n`,
    headers: (header) => ({
      ...streamHeaders('text/event-stream', header),
      'cache-control': 'no-store',
      // Understood by nginx: it would hold events back to fill its buffer.
      'x-accel-buffering': 'no',
    }),
    message(message) {
      const { event, id, silent = false } = serverSent?.(message) ?? {};
      const name = event === undefined ? '' : `event: ${event}\n`;
      const place = id === undefined ? '' : `id: ${id}\n`;
      return [silent ? `${place}\n` : `${name}${place}data: ${bodyText(call, message)}\n\n`];
    },
    end(trailer, error) {
      if (error === undefined) {
        const data = JSON.stringify({ trailers: trailersOf(trailer) });
        return { pieces: [`event: end\nid: ${lastEventId}\ndata: ${data}\n\n`] };
      }
      // Connecting again helps only where the fault may pass.
      const id = codeTable[error.code].retryable ? '' : `id: ${lastEventId}\n`;
      const { body } = errorBody(exchange, { thrown: error, target: call.target, errorFormat });
      return { pieces: [`event: error\n${id}data: ${JSON.stringify(body)}\n\n`] };
    },
    heartbeat: { piece: ':\n\n', everyMs: heartbeatMs },
  };
}

/** The bytes of `google.api.HttpBody` messages, one after the other. */
function rawReplies(call: RestCall): ReplyFraming {
  return {
    // Their own content type is in the first message, which may be long in coming.
    headers: (header) => streamHeaders('application/octet-stream', header),
    message: (message) => [call.target.route.response().decode(message).body],
    end: (_, error) => ({ pieces: [], abort: error !== undefined }),
  };
}

function streamHeaders(contentType: string, header: Headers): Record<string, string> {
  const headers: Record<string, string> = { 'content-type': contentType, vary: 'accept' };
  addErrorMetadata(headers, header);
  return headers;
}

function bodyText(call: RestCall, message: Uint8Array): string {
  const { body } = call.target.route.response().decode(message);
  return typeof body === 'string' ? body : Buffer.from(body).toString();
}
