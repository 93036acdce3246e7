/**
 * One coarse clock for everything on a connection that waits: deadlines, queued calls, receipts, dead peers. A
 * timer per call costs more than the rest of the call together.
 */
export interface Ticker {
  /** Calls `onTick` on every tick until the returned function is called. `onTick` tells whether it still waits for something. */
  add(onTick: (nowMs: number) => boolean): () => void;
  /** Makes sure that the clock runs. To be called by whoever begins to wait. */
  wake(): void;
  /** Ends the clock for good. */
  stop(): void;
}

/**
 * Time between ticks, in milliseconds: how late a deadline can be noticed. 16 ms is the usual order of an event
 * loop's own delay under load.
 */
export const tickMs = 16;

// Starting and stopping a timer around every single call would cost what the ticker saves.
const idleTicksBeforeSleep = Math.ceil(1000 / tickMs);

/** @param onError hears what a listener threw; the clock goes on. */
export function createTicker(onError: (error: unknown) => void): Ticker {
  const listeners = new Set<(nowMs: number) => boolean>();
  let timer: NodeJS.Timeout | undefined;
  let idleTicks = 0;
  let stopped = false;

  const tick = (): void => {
    const nowMs = performance.now();
    let busy = false;
    for (const onTick of listeners) {
      try {
        if (onTick(nowMs)) busy = true;
      } catch (error) {
        onError(error);
      }
    }
    idleTicks = busy ? 0 : idleTicks + 1;
    if (idleTicks > idleTicksBeforeSleep) sleep();
  };
  const sleep = (): void => {
    clearInterval(timer);
    timer = undefined;
  };

  return {
    add(onTick) {
      listeners.add(onTick);
      return () => listeners.delete(onTick);
    },
    wake() {
      if (timer !== undefined || stopped) return;
      idleTicks = 0;
      timer = setInterval(tick, tickMs);
    },
    stop() {
      stopped = true;
      sleep();
    },
  };
}
