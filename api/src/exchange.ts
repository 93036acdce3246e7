import type { CancelSignal, Identity, OpenSpan, TraceParent } from '@busline/bus';
import type { MethodRecord } from './method-record.ts';
import type { ProtocolName } from './protocols/protocol.ts';

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
  /** 2 where trailers can be sent and both sides can talk at once. 1 for everything else. */
  readonly httpVersion: 1 | 2;
  /** Whether a body was announced. It may still turn out empty. */
  readonly hasBody: boolean;
  /**
   * The whole body, as sent: still compressed if it was.
   *
   * @throws HttpFault 413 when it is larger than `maxBytes`, or announced as such
   */
  readBody(maxBytes: number): Promise<Uint8Array>;
  /** The body as it arrives, instead of `readBody`. Nothing is told before this returns. */
  openBody(receiver: BodyReceiver): BodyFlow;
  /** Aborted when the client goes away before its answer was sent. */
  readonly signal: CancelSignal;
}

/** Hears the body of a request. `onEnd` or `onBroken` comes last, once. */
export interface BodyReceiver {
  onData(chunk: Uint8Array): void;
  onEnd(): void;
  /** The client went away in the middle of it. */
  onBroken(): void;
}

/** Slows a body down to the pace of who takes it: what is not read stays with the client. */
export interface BodyFlow {
  pause(): void;
  resume(): void;
}

/** An answer: whole, or written as it comes. */
export type EdgeResponse = WholeResponse | StreamedResponse;

interface ResponseHead {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Record<string, string>;
}

export interface WholeResponse extends ResponseHead {
  readonly body: Uint8Array | string | undefined;
  /** Fields behind the body, for requests by HTTP/2 only. */
  readonly trailers?: Record<string, string> | undefined;
}

export interface StreamedResponse extends ResponseHead {
  /** Called once, when the header is about to be sent. */
  start(body: BodyWriter): BodyListener;
}

/** The body of an answer under way. After its end, all of these do nothing. */
export interface BodyWriter {
  /**
   * Sends bytes; what is written in one turn of the event loop leaves together at its end. False asks to wait for
   * `onDrain`; the bytes are taken all the same.
   */
  write(chunk: Uint8Array | string): boolean;
  /** @param trailers for requests by HTTP/2 only */
  end(trailers?: Record<string, string>): void;
  /** Breaks off, so that the client sees that something is missing. */
  abort(): void;
}

/** Hears what becomes of a body under way. */
export interface BodyListener {
  onDrain(): void;
  /** The client went away before the end. */
  onClose(): void;
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
  /** The one that came with the request, where it is one. */
  clientTrace: TraceParent | undefined;
  /** Undefined where the request is not recorded. */
  span: OpenSpan | undefined;
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
  sentStatus: number;
  sentBytes: number;
  /**
   * Fields that the stages of the pipeline add to the answer, whatever it is: whole, streamed or an error. Names in
   * lower case. They win over the answer's own.
   */
  readonly responseHeaders: Record<string, string>;
}

/** A request whose method is known, before any of its body is read: the place for policies. */
export interface Routed {
  readonly record: MethodRecord;
  /** What the caller speaks. */
  readonly protocol: ProtocolName;
  /**
   * Makes the call and gives its answer.
   *
   * @throws ConnectError and HttpFault, for `writeError`
   */
  serve(): Promise<EdgeResponse>;
  /** Answers an error in the protocol of the caller. */
  writeError(error: unknown): EdgeResponse;
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
