/** How often a caller may call: a bucket of `burst` calls that fills up again evenly. */
export interface RateLimit {
  /** Name of the rate class. */
  readonly name: string;
  /** Calls that come back in `perSeconds`. */
  readonly requests: number;
  readonly perSeconds: number;
  /** Calls that can be made at once after a pause. */
  readonly burst: number;
}

/** What became of a call, and how its caller stands now. */
export interface Draw {
  readonly allowed: boolean;
  /** Calls that could follow at once. */
  readonly remaining: number;
  /** Milliseconds until there is one more than `remaining`. */
  readonly nextMs: number;
  /** When the bucket will be full again: all there is to remember of it. */
  readonly fullAtMs: number;
}

/**
 * Takes one call out of a bucket, as the generic cell rate algorithm does: the bucket is told by the one time at which it
 * will be full.
 *
 * @param fullAtMs as the last draw left it; anything in the past for a bucket that is full
 */
export function draw(limit: RateLimit, fullAtMs: number, nowMs: number): Draw {
  const intervalMs = (limit.perSeconds * 1000) / limit.requests;
  const capacityMs = intervalMs * limit.burst;
  const drawnAtMs = Math.max(fullAtMs, nowMs) + intervalMs;
  const excessMs = drawnAtMs - nowMs - capacityMs;
  // The sums are of fractions: a nanosecond is no excess.
  if (excessMs > 1e-6) return { allowed: false, remaining: 0, nextMs: excessMs, fullAtMs };
  const remaining = Math.floor((capacityMs - (drawnAtMs - nowMs)) / intervalMs + 1e-9);
  const nextMs = drawnAtMs - nowMs - (limit.burst - remaining - 1) * intervalMs;
  return { allowed: true, remaining, nextMs, fullAtMs: drawnAtMs };
}
