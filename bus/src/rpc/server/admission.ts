/** Decides which calls of a service run now, which wait, and which are refused. */
export interface Admission<T> {
  /** Runs `item` now or later, or refuses it: exactly one of the callbacks given at creation hears of it. */
  offer(item: T, nowMs: number): void;
  /** A running item is done; the oldest waiting one takes its place. */
  done(): void;
  /** Takes `item` out of the queue; false when it is not waiting. */
  withdraw(item: T): boolean;
  /** Refuses the items that have waited too long. */
  expire(nowMs: number): void;
  /** Visits the waiting items. */
  forEachWaiting(visit: (item: T) => void): void;
  readonly running: number;
  readonly waiting: number;
}

export interface AdmissionOptions<T> {
  readonly maxConcurrency: number;
  readonly maxQueue: number;
  readonly maxQueueMs: number;
  run(item: T, nowMs: number): void;
  /** `waitedMs` is undefined when the queue was full. */
  refuse(item: T, waitedMs: number | undefined): void;
}

/**
 * A concurrency limit with a bounded, time-limited queue, first come first served. The queue is a Map so that a
 * cancelled call leaves from the middle at the cost of one deletion.
 */
export function createAdmission<T>(options: AdmissionOptions<T>): Admission<T> {
  const { maxConcurrency, maxQueue, maxQueueMs, run, refuse } = options;
  const queue = new Map<T, number>();
  let running = 0;
  let pumping = false;

  // A handler that answers synchronously ends up here again from within `run`; the outer turn of the loop goes on,
  // where recursion would use a stack frame per waiting call.
  const pump = (): void => {
    if (pumping) return;
    pumping = true;
    try {
      for (const item of queue.keys()) {
        if (running >= maxConcurrency) return;
        queue.delete(item);
        running++;
        run(item, performance.now());
      }
    } finally {
      pumping = false;
    }
  };

  return {
    get running() {
      return running;
    },
    get waiting() {
      return queue.size;
    },
    offer(item, nowMs) {
      if (running < maxConcurrency) {
        running++;
        run(item, nowMs);
      } else if (queue.size < maxQueue) {
        queue.set(item, nowMs);
      } else {
        refuse(item, undefined);
      }
    },
    done() {
      running--;
      pump();
    },
    withdraw: (item) => queue.delete(item),
    expire(nowMs) {
      for (const [item, sinceMs] of queue) {
        const waitedMs = nowMs - sinceMs;
        // First come first served: whoever stands behind has waited less.
        if (waitedMs < maxQueueMs) return;
        queue.delete(item);
        refuse(item, waitedMs);
      }
    },
    forEachWaiting(visit) {
      for (const item of queue.keys()) visit(item);
    },
  };
}
