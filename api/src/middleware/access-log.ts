import { traceIdOf } from '@busline/bus';
import { codeTable } from '@busline/bus/errors';
import { Code } from '@connectrpc/connect';
import type { Logger } from 'pino';
import type { Exchange } from '../exchange.ts';
import { failureOf } from '../protocols/failure.ts';
import type { ExchangeObserver } from './observe.ts';

/**
 * Writes one line per request. Never a body, a query or a header field, which may hold what is private; the path
 * only as the template of its route.
 */
export const accessLog =
  (log: Logger): ExchangeObserver =>
  (exchange) => {
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
  };

/** Errors whose text no client sees, so that it must be here. */
function isServiceFailure({ error }: Exchange): boolean {
  if (error === undefined) return false;
  const { code } = failureOf(error).error;
  return code === Code.Internal || code === Code.Unknown || code === Code.DataLoss;
}
