/** A steady load. */
export interface Load {
  /** Requests that have ended. */
  readonly ended: number;
  /** Resolves when `count` more requests have ended. */
  passed(count: number): Promise<void>;
  /** Begins no more requests and waits for those under way. Rejects as the first `request` that rejected. */
  stop(): Promise<void>;
}

/** Keeps `lanes` requests under way: each lane begins its next one when the one before has ended. */
export function keepInFlight(lanes: number, request: (lane: number) => Promise<void>): Load {
  const waiting = new Set<{ readonly at: number; readonly resolve: () => void }>();
  let ended = 0;
  let stopped = false;
  const run = async (lane: number): Promise<void> => {
    while (!stopped) {
      await request(lane);
      ended++;
      for (const waiter of waiting) {
        if (ended < waiter.at) continue;
        waiting.delete(waiter);
        waiter.resolve();
      }
    }
  };
  const all = Promise.all(Array.from({ length: lanes }, (_, lane) => run(lane)));
  // Told by passed() and stop(), and to nobody else.
  all.catch(() => {});
  return {
    get ended() {
      return ended;
    },
    async passed(count) {
      const reached = new Promise<void>((resolve) => waiting.add({ at: ended + count, resolve }));
      await Promise.race([reached, all]);
    },
    async stop() {
      stopped = true;
      await all;
    },
  };
}
