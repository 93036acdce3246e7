import { randomHex } from './random-hex.ts';
import type { Stage } from './stages.ts';

/** Version 00, and ids that are not all zeros (W3C Trace Context, section 3.2). */
const validTraceparent = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Section 3.3.1.5: vendors keep at least 512 characters. */
const maxTracestateLength = 512;

/**
 * Takes the caller's trace, or begins one, marked as sampled. An invalid traceparent begins a new trace too, and
 * then tracestate is dropped (W3C Trace Context, section 4.3).
 */
export const traceContext: Stage = (exchange) => {
  const given = exchange.request.header('traceparent');
  if (given !== undefined && validTraceparent.test(given)) {
    exchange.traceparent = given;
    const state = exchange.request.header('tracestate');
    exchange.tracestate = state !== undefined && state.length <= maxTracestateLength ? state : undefined;
  } else {
    exchange.traceparent = `00-${randomHex(16)}-${randomHex(8)}-01`;
  }
};
