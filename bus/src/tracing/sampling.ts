/** Which traces are recorded. */
export interface Sampling {
  /** Whether a trace that begins here is. */
  root(nowMs: number): boolean;
  /** Whether one that came with a request or an event is, by what it says of itself. */
  remote(sampled: boolean): boolean;
  /** Whether one that came from outside of the system is: whoever sends it must not decide what it costs. */
  outside(sampled: boolean, nowMs: number): boolean;
  /** Whether a failure in a trace that is not recorded may be, by itself. */
  failure(nowMs: number): boolean;
}

/** Whoever else makes the spans decides about them too: a tracer of the user's own. */
export const leftToTracer: Sampling = {
  root: () => true,
  remote: () => true,
  outside: () => true,
  failure: () => false,
};
