import { context as contextApi } from '@opentelemetry/api';
import { type CallScope, callScope } from './call-scope.ts';

/**
 * Runs a handler in the scope of its call. Where a span of it is recorded, that is what `trace.getActiveSpan()` finds in
 * the handler, whoever keeps OpenTelemetry's contexts in this process.
 */
export function runInScope<Args extends unknown[], R>(
  scope: CallScope,
  handler: (...args: Args) => R,
  ...args: Args
): R {
  const { context } = scope;
  if (context === undefined) return callScope.run(scope, handler, ...args);
  return contextApi.with(context, () => callScope.run(scope, handler, ...args));
}
