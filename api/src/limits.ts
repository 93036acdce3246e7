import type { DeadlineLimits } from './exchange.ts';

/** What one request may cost. */
export interface EdgeLimits {
  /** Largest request body in bytes, compressed and unpacked alike. Default 4 MiB, as gRPC servers have it. */
  readonly maxBodyBytes: number;
  /** Default 10 seconds for a call that asks for no time, and at most 60 for one that does. */
  readonly deadline: DeadlineLimits;
}

export const defaultLimits: EdgeLimits = {
  maxBodyBytes: 4 * 1024 * 1024,
  deadline: { defaultMs: 10_000, maxMs: 60_000 },
};
