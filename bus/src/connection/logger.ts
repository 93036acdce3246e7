import { pino } from 'pino';
import { callScope } from '../scope/call-scope.ts';
import { traceIdOf } from '../tracing/trace-parent.ts';

/** Where the bus writes what no caller may see: the text of unknown throws, reconnects. Pino's shape. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** Whether lines of a level are written; asked before a line is made that most processes do not want. Default: all are. */
  isLevelEnabled?(level: string): boolean;
}

/**
 * JSON lines on standard output, from `LOG_LEVEL` (default `info`) upwards. What is logged within a handler has the trace
 * of its call, and the id of the request that the edge made it for.
 */
export function defaultLogger(name: string): Logger {
  return pino({
    name,
    level: process.env.LOG_LEVEL ?? 'info',
    timestamp: pino.stdTimeFunctions.isoTime,
    mixin: scopeFields,
  });
}

/** What the call that is handled here adds to a line. */
export function scopeFields(): Record<string, string> {
  const scope = callScope.getStore();
  if (scope === undefined) return {};
  const { traceparent, requestId } = scope;
  return {
    ...(traceparent !== undefined && { traceId: traceIdOf(traceparent) }),
    ...(requestId !== undefined && { requestId }),
  };
}
