import type { DescMethod } from '@bufbuild/protobuf';
import { type ContextValues, createContextValues, type HandlerContext } from '@connectrpc/connect';
import type { Context } from '@opentelemetry/api';
import { identityKey } from '../../policy/caller-identity.ts';
import { decodeIdentity } from '../../policy/identity.ts';
import type { CallScope, Cancellable } from '../../scope/call-scope.ts';
import type { OpenSpan } from '../../tracing/open-span.ts';
import { type RequestEnvelope, readRequestMetadata } from '../../wire/request.ts';

/** A request as it came in. */
export interface IncomingRequest {
  readonly method: DescMethod;
  /** Where the reply goes; empty for fire-and-forget. */
  readonly replySubject: string;
  readonly head: Uint8Array | undefined;
  readonly body: Uint8Array;
  readonly envelope: RequestEnvelope;
  readonly receivedAtMs: number;
  readonly timeoutMs: number;
}

/** What only some handlers ask for, made when they do. */
interface Extras {
  children?: Set<Cancellable>;
  controller?: AbortController;
  requestHeader?: Headers;
  responseHeader?: Headers;
  responseTrailer?: Headers;
  values?: ContextValues;
}

/**
 * One call on the worker's side: what its handler sees of it (Connect's `HandlerContext`), and what the calls it
 * makes inherit from it. Headers, signal and context values come into being when they are asked for; most
 * handlers never do.
 */
export class ServerCall implements HandlerContext, CallScope {
  readonly request: IncomingRequest;
  readonly deadlineAtMs: number;
  /** Undefined where the call is not recorded. */
  readonly span: OpenSpan | undefined;
  #extras: Extras | undefined;
  #abortReason: unknown;
  #aborted = false;

  constructor(request: IncomingRequest, span?: OpenSpan) {
    this.request = request;
    this.span = span;
    this.deadlineAtMs = request.receivedAtMs + request.timeoutMs;
  }

  get method(): DescMethod {
    return this.request.method;
  }

  get service(): DescMethod['parent'] {
    return this.request.method.parent;
  }

  get requestMethod(): string {
    return 'POST';
  }

  get protocolName(): string {
    return 'busline';
  }

  get url(): string {
    return `nats:///${this.service.typeName}/${this.method.name}`;
  }

  get traceparent(): string | undefined {
    return this.span === undefined ? this.request.envelope.traceparent : this.span.traceparent;
  }

  get tracestate(): string | undefined {
    return this.request.envelope.tracestate;
  }

  get context(): Context | undefined {
    return this.span?.context;
  }

  get identity(): string | undefined {
    return this.request.envelope.identity;
  }

  /** Looked for only when it is asked for. */
  get requestId(): string | undefined {
    return this.requestHeader.get('x-request-id') ?? undefined;
  }

  /** A function of its own, so that a handler may take it out of the context. */
  get timeoutMs(): () => number {
    const { deadlineAtMs } = this;
    return () => Math.max(0, deadlineAtMs - performance.now());
  }

  get signal(): AbortSignal {
    const extras = this.#made();
    if (extras.controller === undefined) {
      extras.controller = new AbortController();
      if (this.#aborted) extras.controller.abort(this.#abortReason);
    }
    return extras.controller.signal;
  }

  get requestHeader(): Headers {
    const extras = this.#made();
    extras.requestHeader ??= readRequestMetadata(this.request.head);
    return extras.requestHeader;
  }

  get responseHeader(): Headers {
    const extras = this.#made();
    extras.responseHeader ??= new Headers();
    return extras.responseHeader;
  }

  get responseTrailer(): Headers {
    const extras = this.#made();
    extras.responseTrailer ??= new Headers();
    return extras.responseTrailer;
  }

  get values(): ContextValues {
    const extras = this.#made();
    if (extras.values === undefined) {
      extras.values = createContextValues();
      const { identity } = this;
      if (identity !== undefined) extras.values.set(identityKey, decodeIdentity(identity));
    }
    return extras.values;
  }

  /** What the handler set of header and trailer, without making either. */
  get responseMetadata():
    | { readonly responseHeader?: Headers; readonly responseTrailer?: Headers }
    | undefined {
    return this.#extras;
  }

  adopt(child: Cancellable): void {
    if (this.#aborted) {
      child.cancel(this.#abortReason);
      return;
    }
    const extras = this.#made();
    extras.children ??= new Set();
    extras.children.add(child);
  }

  release(child: Cancellable): void {
    this.#extras?.children?.delete(child);
  }

  /**
   * Ends the call for its handler: the signal aborts, and calls it has under way are cancelled. Also the way a
   * call ends in success, as in Connect: what a handler left running is told to stop.
   */
  abort(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#abortReason = reason;
    const extras = this.#extras;
    if (extras === undefined) return;
    extras.controller?.abort(reason);
    if (extras.children === undefined) return;
    for (const child of [...extras.children]) child.cancel(reason);
    extras.children.clear();
  }

  #made(): Extras {
    this.#extras ??= {};
    return this.#extras;
  }
}
