/** A timer on a clock that a test moves. It has what Node's have. */
export class FakeTimer implements Disposable {
  readonly #remove: (timer: FakeTimer) => void;
  readonly #restart: (timer: FakeTimer) => void;
  #referenced = true;

  constructor(remove: (timer: FakeTimer) => void, restart: (timer: FakeTimer) => void) {
    this.#remove = remove;
    this.#restart = restart;
  }

  ref(): this {
    this.#referenced = true;
    return this;
  }

  unref(): this {
    this.#referenced = false;
    return this;
  }

  hasRef(): boolean {
    return this.#referenced;
  }

  refresh(): this {
    this.#restart(this);
    return this;
  }

  close(): this {
    this.#remove(this);
    return this;
  }

  [Symbol.dispose](): void {
    this.#remove(this);
  }
}

/** What a timer does, and when, on the clock's own time in milliseconds. */
export interface TimerEntry {
  readonly atMs: number;
  /** Of one that comes again. */
  readonly everyMs: number | undefined;
  work(): void;
}

export interface DueTimer extends TimerEntry {
  readonly timer: FakeTimer;
}

/** The timers that wait, in the order they become due; those due together in the order they were set. */
export interface TimerQueue {
  add(entry: TimerEntry): FakeTimer;
  remove(timer: FakeTimer): void;
  /** The first that is due until `untilMs`. */
  next(untilMs: number): DueTimer | undefined;
  /** Does its work, and sets it anew where it comes again. */
  fire(due: DueTimer): void;
}

/** @param nowMs The clock's own time. */
export function createTimerQueue(nowMs: () => number): TimerQueue {
  const entries = new Map<FakeTimer, TimerEntry & { readonly waitMs: number }>();

  const remove = (timer: FakeTimer): void => void entries.delete(timer);
  const restart = (timer: FakeTimer): void => {
    const entry = entries.get(timer);
    if (entry !== undefined) put(timer, { ...entry, atMs: nowMs() + entry.waitMs });
  };
  const put = (timer: FakeTimer, entry: TimerEntry): void => {
    entries.delete(timer);
    entries.set(timer, { ...entry, waitMs: entry.atMs - nowMs() });
  };

  return {
    add(entry) {
      const timer = new FakeTimer(remove, restart);
      put(timer, entry);
      return timer;
    },
    remove,
    next(untilMs) {
      let first: DueTimer | undefined;
      for (const [timer, entry] of entries) {
        if (entry.atMs > untilMs || (first !== undefined && entry.atMs >= first.atMs)) continue;
        first = { ...entry, timer };
      }
      return first;
    },
    fire({ timer, everyMs, work }) {
      if (everyMs === undefined) entries.delete(timer);
      else put(timer, { atMs: nowMs() + everyMs, everyMs, work });
      work();
    },
  };
}
