import type { Context } from '@opentelemetry/api';
import type { CallScope, Cancellable } from '../../scope/call-scope.ts';
import type { OpenSpan } from '../../tracing/open-span.ts';
import type { EventContract } from '../contract/event-contract.ts';
import { readEventSubject } from '../contract/event-subject.ts';
import type { ReceivedHead } from '../envelope/event-head.ts';
import type { Delivery } from './delivery.ts';

/** What a handler learns about an event besides the event itself. */
export interface EventContext {
  /** CloudEvents id; `<stream>:<sequence>` for an event whose publisher gave none. */
  readonly id: string;
  /** Full name of the message. */
  readonly type: string;
  /** Undefined for an event without a key. */
  readonly key: string | undefined;
  /** When it happened, by its publisher; when it was stored, if the publisher does not say. */
  readonly time: Date;
  /** Who published it; empty if it does not say. */
  readonly source: string;
  /** Further CloudEvents attributes. */
  readonly attributes: Readonly<Record<string, string>>;
  /** 1 for the first attempt of this consumer. */
  readonly attempt: number;
  readonly consumer: string;
  readonly stream: string;
  /** Place in the stream. */
  readonly sequence: number;
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
  /** Aborts at the handler's deadline, and when the worker must leave before the handler is done. */
  readonly signal: AbortSignal;
  /** What is left of the handler's time, in milliseconds. Calls that it makes inherit it. */
  timeoutMs(): number;
}

export interface EventParts {
  readonly contract: EventContract;
  readonly consumer: string;
  readonly subject: string;
  readonly delivery: Delivery;
  readonly attempt: number;
  readonly head: ReceivedHead;
  readonly deadlineAtMs: number;
  /** When the attempt began, on the clock of `performance.now()`. */
  readonly beganAtMs: number;
  /** Undefined where the attempt is not recorded. */
  readonly span: OpenSpan | undefined;
}

/** One event at its handler. What only some handlers ask for is made when they do. */
export class HandledEvent implements EventContext, CallScope {
  readonly #parts: EventParts;
  #controller: AbortController | undefined;
  #children: Set<Cancellable> | undefined;
  #over: { readonly reason: unknown } | undefined;

  constructor(parts: EventParts) {
    this.#parts = parts;
  }

  get id(): string {
    const { head, delivery } = this.#parts;
    return head.id ?? `${delivery.stream}:${delivery.sequence}`;
  }

  get type(): string {
    return this.#parts.contract.type;
  }

  get key(): string | undefined {
    return readEventSubject(this.#parts.subject)?.key;
  }

  get time(): Date {
    return this.#parts.head.time ?? new Date(this.#parts.delivery.storedAtMs);
  }

  get source(): string {
    return this.#parts.head.source ?? '';
  }

  get attributes(): Readonly<Record<string, string>> {
    return this.#parts.head.attributes;
  }

  get attempt(): number {
    return this.#parts.attempt;
  }

  get consumer(): string {
    return this.#parts.consumer;
  }

  get stream(): string {
    return this.#parts.delivery.stream;
  }

  get sequence(): number {
    return this.#parts.delivery.sequence;
  }

  get traceparent(): string | undefined {
    const { span, head } = this.#parts;
    return span === undefined ? head.traceparent : span.traceparent;
  }

  get tracestate(): string | undefined {
    return this.#parts.head.tracestate;
  }

  get span(): OpenSpan | undefined {
    return this.#parts.span;
  }

  get context(): Context | undefined {
    return this.#parts.span?.context;
  }

  /** What the event said of itself when it came. */
  get received(): ReceivedHead {
    return this.#parts.head;
  }

  get beganAtMs(): number {
    return this.#parts.beganAtMs;
  }

  get deadlineAtMs(): number {
    return this.#parts.deadlineAtMs;
  }

  /** A function of its own, so that a handler may take it out of the context. */
  get timeoutMs(): () => number {
    const { deadlineAtMs } = this.#parts;
    return () => Math.max(0, deadlineAtMs - performance.now());
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#over !== undefined) this.#controller.abort(this.#over.reason);
    }
    return this.#controller.signal;
  }

  adopt(child: Cancellable): void {
    if (this.#over !== undefined) {
      child.cancel(this.#over.reason);
      return;
    }
    this.#children ??= new Set();
    this.#children.add(child);
  }

  release(child: Cancellable): void {
    this.#children?.delete(child);
  }

  /** Ends the attempt for its handler: the signal aborts, and calls it has under way are cancelled. */
  end(reason: unknown): void {
    if (this.#over !== undefined) return;
    this.#over = { reason };
    this.#controller?.abort(reason);
    if (this.#children === undefined) return;
    for (const child of [...this.#children]) child.cancel(reason);
    this.#children.clear();
  }
}
