import { codeTable } from '@busline/bus/errors';
import { Code } from '@connectrpc/connect';
import { createMiddleware } from 'hono/factory';
import type { Logger } from 'pino';
import { type Exchange, traceIdOf } from '../exchange.ts';
import { failureOf } from '../protocols/failure.ts';
import type { EdgeEnv } from './edge-env.ts';

/**
 * Writes one line per request. Never a body, a query or a header field, which may hold what is private; the path
 * only as the template of its route.
 */
export const accessLog = (log: Logger) =>
  createMiddleware<EdgeEnv>(async function accessLog(c, next) {
    await next();
    const exchange = c.get('exchange');
    const { error } = exchange;
    if (error === undefined && !log.isLevelEnabled('info')) return;
    const code = error === undefined ? 'OK' : codeTable[failureOf(error).error.code].name;
    const line = {
      method: exchange.request.method,
      route: exchange.route,
      rpc: exchange.routed?.record.name,
      status: exchange.sentStatus,
      code,
      durationMs: Math.round((performance.now() - exchange.startedAtMs) * 1000) / 1000,
      bytes: exchange.sentBytes,
      requestId: exchange.requestId,
      traceId: traceIdOf(exchange.traceparent),
    };
    if (isServiceFailure(exchange)) log.error({ ...line, err: error }, 'request failed');
    else log.info(line, 'request');
  });

/** Errors whose text no client sees, so that it must be here. */
function isServiceFailure({ error }: Exchange): boolean {
  if (error === undefined) return false;
  const { code } = failureOf(error).error;
  return code === Code.Internal || code === Code.Unknown || code === Code.DataLoss;
}
