import type { Identity } from '@busline/bus';
import type { MethodRecord } from './method-record.ts';

/**
 * The neutral model between HTTP and the bus: every protocol reads an `EdgeRequest` and gives an `EdgeResponse`, so
 * N protocols need N translations, and none of them sees Node.js, Hono or NATS.
 */

/** A request, whatever server brought it. */
export interface EdgeRequest {
  readonly method: string;
  /** As on the request line: percent-encoded, without the query. */
  readonly path: string;
  /** As on the request line, without `?`. */
  readonly query: string;
  /** @param name in lower case. Fields that came several times are joined by commas. */
  header(name: string): string | undefined;
  /** Visits every field, names in lower case; one that came several times may be visited as often. */
  forEachHeader(visit: (name: string, value: string) => void): void;
  /** Whether a body was announced. It may still turn out empty. */
  readonly hasBody: boolean;
  /**
   * The whole body, as sent: still compressed if it was.
   *
   * @throws HttpFault 413 when it is larger than `maxBytes`
   */
  readBody(maxBytes: number): Promise<Uint8Array>;
  /** Aborted when the client goes away before its answer was sent. */
  readonly signal: AbortSignal;
}

/** A whole answer. */
export interface EdgeResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Record<string, string>;
  readonly body: Uint8Array | string | undefined;
}

/** A request on its way through the edge, with what the stages of the pipeline found out about it. */
export interface Exchange {
  readonly request: EdgeRequest;
  /** `performance.now()` at arrival. */
  readonly startedAtMs: number;
  requestId: string;
  /** W3C trace context that goes on to the workers. */
  traceparent: string;
  tracestate: string | undefined;
  /** Bytes of a body, and again of what it unpacks to. */
  maxBodyBytes: number;
  deadline: DeadlineLimits;
  /** For the log: the route template. */
  route: string | undefined;
  /** The method that the route led to, once known; never for a path of the edge itself. */
  routed: Routed | undefined;
  /** Who calls, as far as the edge has verified it. */
  identity: Identity | undefined;
  /** Whether the edge has looked at the caller's credentials and keeps them: the worker gets the identity instead. */
  credentialsEndHere: boolean;
  /** For the log: what failed, with its cause; and the size of the answer's body. */
  error: unknown;
  sentBytes: number;
  /**
   * Fields that the stages of the pipeline add to the answer, whatever it is: whole, streamed or an error. Names in
   * lower case. They win over the answer's own.
   */
  readonly responseHeaders: Record<string, string>;
  /** Answers an error in the protocol of the caller; undefined until that is known. */
  writeError: ((error: unknown) => EdgeResponse) | undefined;
}

/** A request whose method is known, before any of its body is read: the place for policies. */
export interface Routed {
  readonly record: MethodRecord;
  /**
   * Makes the call and gives its answer.
   *
   * @throws ConnectError and HttpFault, for `Exchange.writeError`
   */
  serve(): Promise<EdgeResponse>;
}

export interface DeadlineLimits {
  /** Time for a call whose caller names none, in milliseconds. */
  readonly defaultMs: number;
  /** Longest time a caller may ask for, in milliseconds. */
  readonly maxMs: number;
}

/** Milliseconds left for the call, zero or less when its time is over. */
export function remainingMs(exchange: Exchange, requestedMs: number | undefined): number {
  const { defaultMs, maxMs } = exchange.deadline;
  const timeoutMs = Math.min(requestedMs ?? defaultMs, maxMs);
  return timeoutMs - (performance.now() - exchange.startedAtMs);
}

/** The trace id inside a traceparent. */
export function traceIdOf(traceparent: string): string {
  return traceparent.slice(3, 35);
}
