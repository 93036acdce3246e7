import { AsyncLocalStorage } from 'node:async_hooks';
import type { Context } from '@opentelemetry/api';
import type { OpenSpan } from '../tracing/open-span.ts';

/**
 * What a running handler passes on to the calls it makes: the rest of its deadline, its trace, its caller's identity,
 * its cancellation. Handlers need not hand anything over by themselves.
 */
export interface CallScope {
  /** When the handler's own call expires, on the clock of `performance.now()`. */
  readonly deadlineAtMs: number;
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
  /** The span of the handler's own call, where it is recorded. */
  readonly span?: OpenSpan | undefined;
  /** The span here that whatever the handler does is part of; undefined where none is recorded. */
  readonly context?: Context | undefined;
  /** Whom the calls are made for, as it travels (`encodeIdentity`). */
  readonly identity?: string | undefined;
  /** Id of the request that an edge has made the call for, if it was an edge. */
  readonly requestId?: string | undefined;
  /** Ties a call to the handler: it is cancelled when the handler's call is. */
  adopt(child: Cancellable): void;
  /** Lets a finished call go. */
  release(child: Cancellable): void;
}

export interface Cancellable {
  cancel(reason: unknown): void;
}

/** Scope of the handler that is running here, if any. */
export const callScope = new AsyncLocalStorage<CallScope>();

/**
 * Runs `work` outside of the handler's call: it keeps trace and identity, and leaves deadline and cancellation behind. For
 * what must happen although, or because, the caller is gone: giving back what was taken.
 */
export function detached<T>(work: () => T): T {
  const scope = callScope.getStore();
  if (scope === undefined) return work();
  const { traceparent, tracestate, context, identity } = scope;
  return callScope.run({ ...noScope, traceparent, tracestate, context, identity }, work);
}

/** What there is to pass on outside of a handler. */
export const noScope: CallScope = {
  deadlineAtMs: Number.POSITIVE_INFINITY,
  traceparent: undefined,
  tracestate: undefined,
  adopt() {},
  release() {},
};
