import type { Sampling } from './sampling.ts';

/** How many traces begin here, at most. */
export interface RateLimitedSamplingOptions {
  /** Traces that may begin in a second. */
  readonly rootsPerSecond: number;
  /** Failures in a second that are recorded although their trace is not. */
  readonly failuresPerSecond: number;
}

/**
 * Records the first traces of each second and no more: on a developer's machine that is every request, under load it is
 * a cost that does not grow. What came with a request or an event is recorded if whoever began it does.
 */
export function rateLimitedSampling({
  rootsPerSecond,
  failuresPerSecond,
}: RateLimitedSamplingOptions): Sampling {
  const roots = createAllowance(rootsPerSecond);
  const failures = createAllowance(failuresPerSecond);
  return {
    root: roots,
    remote: (sampled) => sampled,
    outside: (sampled, nowMs) => sampled && roots(nowMs),
    failure: failures,
  };
}

/** Says yes `perSecond` times in each second, counted from the first question in it. */
function createAllowance(perSecond: number): (nowMs: number) => boolean {
  let left = 0;
  let untilMs = Number.NEGATIVE_INFINITY;
  return (nowMs) => {
    if (nowMs >= untilMs) {
      untilMs = nowMs + 1_000;
      left = perSecond;
    }
    if (left < 1) return false;
    left--;
    return true;
  };
}
