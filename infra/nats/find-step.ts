/** What a step may use: the environment, the cache and a way to report progress. */
export interface FindContext {
  readonly env: NodeJS.ProcessEnv;
  /** Directory for downloaded servers; created when first written to. */
  readonly cacheDir: string;
  /** Reports one line about what the step is doing; called only for work a person may wait for. */
  progress(text: string): void;
}

/** A usable server, or why this step has none. */
export type StepOutcome = ServerBinary | { readonly skipped: string };

export interface ServerBinary {
  readonly path: string;
  /** As `nats-server --version` reports it, without the leading `v`. */
  readonly version: string;
}

/** One way to get a nats-server. Rejects when the way should work here and did not. */
export interface FindStep {
  readonly name: string;
  find(context: FindContext): Promise<StepOutcome>;
}
