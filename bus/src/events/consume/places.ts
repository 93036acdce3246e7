/** Handlers that may run at once in a process, shared by whoever begins them. */
export interface Places {
  readonly limit: number;
  /** Takes a place, if there is one. */
  take(): boolean;
  /** Gives one back, and tells those who wait. */
  give(): void;
  /** Calls `onFree` when a place may be had. Returns the function that ends it. */
  wait(onFree: () => void): () => void;
}

export function createPlaces(limit: number): Places {
  const waiting = new Set<() => void>();
  let taken = 0;
  return {
    limit,
    take() {
      if (taken >= limit) return false;
      taken++;
      return true;
    },
    give() {
      taken--;
      for (const onFree of waiting) {
        // Whoever takes the last place goes to the end of the line.
        onFree();
        if (taken < limit) continue;
        waiting.delete(onFree);
        waiting.add(onFree);
        return;
      }
    },
    wait(onFree) {
      waiting.add(onFree);
      return () => waiting.delete(onFree);
    },
  };
}
