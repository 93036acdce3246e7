/** Times at which something is over, looked at together: cheaper than a timer for each where most never come due. */
export interface Sweep {
  /** Calls `onDue` once it is later than `atMs`, on the clock of `performance.now()`. Returns what takes it back. */
  add(atMs: number, onDue: () => void): () => void;
}

/** How much later than its time something is called, at most, in milliseconds. */
const sweepMs = 50;

export function createSweep(): Sweep {
  const entries = new Set<{ readonly atMs: number; readonly onDue: () => void }>();
  let timer: NodeJS.Timeout | undefined;

  function sweep(): void {
    const nowMs = performance.now();
    for (const entry of entries) {
      if (entry.atMs > nowMs) continue;
      entries.delete(entry);
      entry.onDue();
    }
    if (entries.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  return {
    add(atMs, onDue) {
      const entry = { atMs, onDue };
      entries.add(entry);
      timer ??= setInterval(sweep, sweepMs).unref();
      return () => void entries.delete(entry);
    },
  };
}
