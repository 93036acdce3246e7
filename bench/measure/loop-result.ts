/** What a loop counted in its timed window. */
export interface LoopResult {
  /** Calls that completed, or messages that came in. */
  readonly count: number;
  readonly elapsedMs: number;
  /** One per call of the window where one call is in flight; otherwise empty, since timing each costs throughput. */
  readonly latenciesUs: readonly number[];
}
