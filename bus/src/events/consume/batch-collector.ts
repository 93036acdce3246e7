/** Collects what comes into batches. */
export interface BatchCollector<T> {
  add(entry: T): void;
  /** Begins what waits for company. */
  flush(): void;
}

export interface BatchCollectorInit<T> {
  /** Most entries of a batch. */
  readonly maxEvents: number;
  /** Longest time that an entry waits for others, in milliseconds. */
  readonly maxWaitMs: number;
  /** Batches that may run at once. */
  readonly concurrency: number;
  run(batch: readonly T[]): Promise<void>;
}

/** A batch begins when it is full, or when its first entry has waited long enough, and a place is free. */
export function createBatchCollector<T>(init: BatchCollectorInit<T>): BatchCollector<T> {
  const { maxEvents, maxWaitMs, concurrency } = init;
  const waiting: { readonly entry: T; readonly dueAtMs: number }[] = [];
  let running = 0;
  let flushing = false;
  let timer: NodeJS.Timeout | undefined;

  const start = (nowMs: number): void => {
    while (running < concurrency && isDue(nowMs)) {
      const batch = waiting.splice(0, maxEvents).map(({ entry }) => entry);
      running++;
      void init.run(batch).finally(() => {
        running--;
        if (running + waiting.length === 0) flushing = false;
        start(performance.now());
      });
    }
    wait(nowMs);
  };
  const isDue = (nowMs: number): boolean =>
    waiting.length >= maxEvents || (waiting[0] !== undefined && (flushing || waiting[0].dueAtMs <= nowMs));
  /** One timer, for the first that waits; none while no place is free. */
  const wait = (nowMs: number): void => {
    clearTimeout(timer);
    timer = undefined;
    const first = waiting[0];
    if (first === undefined || running >= concurrency) return;
    timer = setTimeout(() => start(Math.max(first.dueAtMs, performance.now())), first.dueAtMs - nowMs);
  };
  return {
    add(entry) {
      const nowMs = performance.now();
      waiting.push({ entry, dueAtMs: nowMs + maxWaitMs });
      if (waiting.length >= maxEvents) start(nowMs);
      else if (timer === undefined) wait(nowMs);
    },
    flush() {
      // Also what must wait for the batch before: nothing more comes to keep it company.
      flushing = running + waiting.length > 0;
      start(performance.now());
    },
  };
}
