import { type Context, type ContextManager, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { writeTraceparent } from '../tracing/trace-parent.ts';
import { type CallScope, type Cancellable, callScope, noScope } from './call-scope.ts';

/**
 * OpenTelemetry's contexts, kept in the scope of calls: one storage instead of two, and what a handler opens a span for is
 * what the calls it makes there are part of.
 */
export const scopeContextManager: ContextManager = {
  active: () => callScope.getStore()?.context ?? ROOT_CONTEXT,
  with(context, work, thisArg, ...args) {
    const scope = callScope.getStore();
    if (scope?.context === context) return work.apply(thisArg as never, args);
    return callScope.run(new ScopeWithin(scope ?? noScope, context), () =>
      work.apply(thisArg as never, args),
    );
  },
  bind(context, target) {
    if (typeof target !== 'function') return target;
    const bound = function (this: unknown, ...args: unknown[]): unknown {
      return scopeContextManager.with(context, () => target.apply(this, args));
    };
    return bound as unknown as typeof target;
  },
  enable() {
    return this;
  },
  disable() {
    return this;
  },
};

/** The scope of a call with another span open in it. */
class ScopeWithin implements CallScope {
  readonly context: Context;
  readonly #outer: CallScope;

  constructor(outer: CallScope, context: Context) {
    this.#outer = outer;
    this.context = context;
  }

  get deadlineAtMs(): number {
    return this.#outer.deadlineAtMs;
  }

  get traceparent(): string | undefined {
    const span = trace.getSpanContext(this.context);
    return span === undefined ? this.#outer.traceparent : writeTraceparent(span);
  }

  get tracestate(): string | undefined {
    return this.#outer.tracestate;
  }

  get identity(): string | undefined {
    return this.#outer.identity;
  }

  get requestId(): string | undefined {
    return this.#outer.requestId;
  }

  adopt(child: Cancellable): void {
    this.#outer.adopt(child);
  }

  release(child: Cancellable): void {
    this.#outer.release(child);
  }
}
