/** How far the two clocks may drift apart before the offset is taken anew, in milliseconds: `Date` counts whole ones. */
const maxDriftMs = 2;

/** Time since 1970 from the clock of `performance.now()`, in milliseconds with fractions. */
export interface WallClock {
  /** @param atMs on the clock of `performance.now()` */
  at(atMs: number): number;
  /** To be called now and then: follows a system clock that was set, which the other clock does not. */
  follow(): void;
}

export function createWallClock(): WallClock {
  let offsetMs = performance.timeOrigin;
  return {
    at: (atMs) => offsetMs + atMs,
    follow() {
      const beforeMs = performance.now();
      const nowMs = Date.now();
      const afterMs = performance.now();
      // Interrupted between the two: what they say does not belong together.
      if (afterMs - beforeMs > maxDriftMs / 2) return;
      const driftMs = nowMs - (offsetMs + afterMs);
      if (Math.abs(driftMs) > maxDriftMs) offsetMs += driftMs;
    },
  };
}
