import { isSampled, isTraceparent, randomHex, traceIdOf } from '@busline/bus';
import type { Stage } from './stages.ts';

/** Section 3.3.1.5: vendors keep at least 512 characters. */
const maxTracestateLength = 512;

/**
 * Takes the caller's trace, or begins one, and names this edge's part of it. An invalid traceparent begins a new trace too,
 * and then tracestate is dropped (W3C Trace Context, section 4.3). A trace that begins here is not recorded until
 * `beginSpan` says so.
 */
export const traceContext: Stage = (exchange) => {
  const traceparent = exchange.request.header('traceparent');
  if (traceparent === undefined || !isTraceparent(traceparent)) {
    exchange.traceparent = `00-${randomHex(16)}-${randomHex(8)}-00`;
    return;
  }
  const state = exchange.request.header('tracestate');
  const tracestate = state !== undefined && state.length <= maxTracestateLength ? state : undefined;
  exchange.clientTrace = { traceparent, tracestate };
  exchange.tracestate = tracestate;
  const flags = isSampled(traceparent) ? '01' : '00';
  exchange.traceparent = `00-${traceIdOf(traceparent)}-${randomHex(8)}-${flags}`;
};
