import { type Draw, draw, type RateLimit } from './token-bucket.ts';

/** Counts the calls of each caller against one limit, in the memory of this process. */
export interface RateLimiter {
  readonly limit: RateLimit;
  /** Callers that are remembered. */
  readonly size: number;
  take(caller: string, nowMs: number): Draw;
}

/**
 * Callers remembered for one limit: 15 MB. Where there are more, the ones that have been quiet longest are forgotten
 * first, which lets them start with a full bucket.
 */
export const maxCallers = 100_000;

/** Buckets looked at for each new caller: more than one, so that the table shrinks after a rush. */
const sweptPerArrival = 2;

export function createRateLimiter(limit: RateLimit, capacity = maxCallers): RateLimiter {
  // When the bucket of each caller will be full. One that is full need not be remembered.
  const fullAt = new Map<string, number>();

  /** Goes round the table: full buckets are dropped, the others put back at the end. */
  function sweep(nowMs: number): void {
    let left = sweptPerArrival;
    for (const [caller, fullAtMs] of fullAt) {
      if (left-- === 0) return;
      fullAt.delete(caller);
      if (fullAtMs > nowMs) fullAt.set(caller, fullAtMs);
    }
  }

  function makeRoom(nowMs: number): void {
    sweep(nowMs);
    if (fullAt.size < capacity) return;
    for (const oldest of fullAt.keys()) {
      fullAt.delete(oldest);
      return;
    }
  }

  return {
    limit,
    get size() {
      return fullAt.size;
    },
    take(caller, nowMs) {
      const before = fullAt.get(caller);
      if (before === undefined) makeRoom(nowMs);
      const result = draw(limit, before ?? Number.NEGATIVE_INFINITY, nowMs);
      if (result.allowed) fullAt.set(caller, result.fullAtMs);
      return result;
    },
  };
}
