import { randomBytes } from 'node:crypto';

export interface NewTrace {
  readonly traceId: string;
  /** To be sent with the call: recorded, whatever the sampling is. */
  readonly traceparent: string;
}

export function newTrace(): NewTrace {
  const traceId = randomBytes(16).toString('hex');
  return { traceId, traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01` };
}
