import type { Tracing } from '@busline/bus';
import { beginEdgeSpan } from '../telemetry/edge-span.ts';
import type { Stage } from './stages.ts';

/** Begins the span of a request, where it is to be recorded. It ends with the answer. */
export const beginSpan =
  (tracing: Tracing | undefined): Stage =>
  (exchange) => {
    if (tracing !== undefined) beginEdgeSpan(tracing, exchange);
  };
