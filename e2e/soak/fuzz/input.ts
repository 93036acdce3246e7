/** What is sent on one connection. */
export interface FuzzInput {
  /** For counts and messages: what kind of input it is. */
  readonly kind: string;
  readonly bytes: Uint8Array;
  /**
   * How long the client waits for an answer before it hangs up, in milliseconds; Infinity for one that never does, which
   * the edge must then.
   */
  readonly patienceMs: number;
}
