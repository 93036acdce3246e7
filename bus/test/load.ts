/** A steady load, and what became of it. */
export interface Load {
  readonly succeeded: number;
  readonly failed: number;
  /** Begins no more calls, waits for those under way. */
  stop(): Promise<{ readonly succeeded: number; readonly errors: readonly unknown[] }>;
}

/** Keeps `count` calls in flight until stopped. */
export function keepInFlight(count: number, call: () => Promise<unknown>): Load {
  const errors: unknown[] = [];
  let succeeded = 0;
  let stopped = false;
  const worker = async (): Promise<void> => {
    while (!stopped) {
      try {
        await call();
        succeeded++;
      } catch (error) {
        errors.push(error);
      }
    }
  };
  const workers = Promise.all(Array.from({ length: count }, worker));
  return {
    get succeeded() {
      return succeeded;
    },
    get failed() {
      return errors.length;
    },
    async stop() {
      stopped = true;
      await workers;
      return { succeeded, errors };
    },
  };
}
