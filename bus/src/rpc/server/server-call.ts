import type { DescMethodUnary } from '@bufbuild/protobuf';
import { type ContextValues, createContextValues, type HandlerContext } from '@connectrpc/connect';
import type { RequestEnvelope } from '../../wire/request.ts';
import { readRequestMetadata } from '../../wire/request.ts';
import type { CallScope, Cancellable } from '../call-scope.ts';

/** A request as it came in. */
export interface IncomingRequest {
  readonly method: DescMethodUnary;
  /** Where the reply goes; empty for fire-and-forget. */
  readonly replySubject: string;
  readonly head: Uint8Array | undefined;
  readonly body: Uint8Array;
  readonly envelope: RequestEnvelope;
  readonly receivedAtMs: number;
  readonly timeoutMs: number;
}

/**
 * One call on the worker's side: what its handler sees of it (Connect's `HandlerContext`), and what the calls it
 * makes inherit from it. Headers, signal and context values come into being when they are asked for; most
 * handlers never do.
 */
export class ServerCall implements HandlerContext, CallScope {
  readonly request: IncomingRequest;
  readonly deadlineAtMs: number;
  readonly requestMethod = 'POST';
  readonly protocolName = 'busline';
  #children: Set<Cancellable> | undefined;
  #controller: AbortController | undefined;
  #abortReason: unknown;
  #aborted = false;
  #requestHeader: Headers | undefined;
  #responseHeader: Headers | undefined;
  #responseTrailer: Headers | undefined;
  #values: ContextValues | undefined;

  constructor(request: IncomingRequest) {
    this.request = request;
    this.deadlineAtMs = request.receivedAtMs + request.timeoutMs;
  }

  get method(): DescMethodUnary {
    return this.request.method;
  }

  get service(): DescMethodUnary['parent'] {
    return this.request.method.parent;
  }

  get url(): string {
    return `nats:///${this.service.typeName}/${this.method.name}`;
  }

  get traceparent(): string | undefined {
    return this.request.envelope.traceparent;
  }

  get tracestate(): string | undefined {
    return this.request.envelope.tracestate;
  }

  readonly timeoutMs = (): number => Math.max(0, this.deadlineAtMs - performance.now());

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort(this.#abortReason);
    }
    return this.#controller.signal;
  }

  get requestHeader(): Headers {
    this.#requestHeader ??= readRequestMetadata(this.request.head);
    return this.#requestHeader;
  }

  get responseHeader(): Headers {
    this.#responseHeader ??= new Headers();
    return this.#responseHeader;
  }

  get responseTrailer(): Headers {
    this.#responseTrailer ??= new Headers();
    return this.#responseTrailer;
  }

  /** What the handler set of header and trailer, without making either. */
  get responseMetadata(): { header: Headers | undefined; trailer: Headers | undefined } {
    return { header: this.#responseHeader, trailer: this.#responseTrailer };
  }

  get values(): ContextValues {
    this.#values ??= createContextValues();
    return this.#values;
  }

  adopt(child: Cancellable): void {
    if (this.#aborted) {
      child.cancel(this.#abortReason);
      return;
    }
    this.#children ??= new Set();
    this.#children.add(child);
  }

  release(child: Cancellable): void {
    this.#children?.delete(child);
  }

  /**
   * Ends the call for its handler: the signal aborts, and calls it has under way are cancelled. Also the way a
   * call ends in success, as in Connect: what a handler left running is told to stop.
   */
  abort(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#abortReason = reason;
    this.#controller?.abort(reason);
    if (this.#children === undefined) return;
    for (const child of [...this.#children]) child.cancel(reason);
    this.#children.clear();
  }
}
