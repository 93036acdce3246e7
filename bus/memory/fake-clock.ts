import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers';
import promises from 'node:timers/promises';
import { promisify } from 'node:util';
import { createTimerQueue, FakeTimer } from './timer-queue.ts';

/**
 * Time that passes when a test says so: for deadlines, retries, delays and whatever else waits, in the bus and in the
 * code under test alike. It takes the place of `setTimeout`, `setInterval`, `Date`, `performance.now()`,
 * `AbortSignal.timeout()` and `node:timers/promises` in this process until it is restored. Turns of the event loop
 * (`setImmediate`, promises) and input and output go on by themselves.
 */
export interface FakeClock extends Disposable {
  /** The time it shows, in milliseconds since 1970. */
  readonly nowMs: number;
  /**
   * Lets `ms` milliseconds pass, in order: what becomes due on the way runs, and what follows from it on the bus is
   * waited for, before time goes on. Work that waits for input or output of its own, such as a file, is not waited for.
   */
  advance(ms: number): Promise<void>;
  /** Waits until everything that can happen without time passing has happened on the bus. */
  settle(): Promise<void>;
  /** Told by a broker whenever something travels on it: `openMemoryBus({ clock })` sees to that. */
  onTraffic(): void;
  /** Gives the real time back. What still waits on this clock waits for ever. */
  restore(): void;
}

/** Turns of the event loop without traffic after which the bus counts as quiet: a message takes two from end to end. */
const quietTurns = 6;
/** Turns after each thing that became due in which traffic must begin, or nothing follows from it. */
const firstTurns = 3;

/** @param startAt What the clock shows at first. Default: now. */
export function useFakeClock({ startAt = new Date() }: { readonly startAt?: Date } = {}): FakeClock {
  const real = {
    setTimeout,
    clearTimeout,
    setInterval,
    clearInterval,
    Date,
    performanceNow: performance.now,
    abortAfter: AbortSignal.timeout,
    timersSetTimeout: timers.setTimeout,
    timersSetInterval: timers.setInterval,
    timersClearTimeout: timers.clearTimeout,
    timersClearInterval: timers.clearInterval,
    delay: promises.setTimeout,
  };
  const nextTurn = setImmediate;
  const epochMs = startAt.getTime();
  let passedMs = 0;
  const originMs = real.performanceNow.call(performance);
  const queue = createTimerQueue(() => passedMs);
  let traffic = 0;
  let restored = false;

  const nowMs = (): number => epochMs + passedMs;
  const turn = (): Promise<void> => new Promise((resolve) => nextTurn(resolve));
  /** Waits until `turns` turns have passed without traffic. */
  const quiet = async (turns: number): Promise<void> => {
    let left = turns;
    let seen = traffic;
    while (left > 0) {
      await turn();
      left = traffic === seen ? left - 1 : quietTurns;
      seen = traffic;
    }
  };

  const fakeSetTimeout = (work: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): FakeTimer =>
    queue.add({ atMs: passedMs + Math.max(1, ms || 1), everyMs: undefined, work: () => work(...args) });
  const fakeSetInterval = (work: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): FakeTimer => {
    const everyMs = Math.max(1, ms || 1);
    return queue.add({ atMs: passedMs + everyMs, everyMs, work: () => work(...args) });
  };
  const fakeClear = (timer: unknown): void => {
    if (timer instanceof FakeTimer) queue.remove(timer);
    else real.clearTimeout(timer as NodeJS.Timeout);
  };
  const fakeDelay = <T>(
    ms?: number,
    value?: T,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<T> =>
    new Promise((resolve, reject) => {
      const { signal } = options;
      const abort = (): void => {
        queue.remove(timer);
        reject(new DOMException('The operation was aborted', { name: 'AbortError', cause: signal?.reason }));
      };
      const timer = fakeSetTimeout(() => {
        signal?.removeEventListener('abort', abort);
        resolve(value as T);
      }, ms);
      if (signal?.aborted) abort();
      else signal?.addEventListener('abort', abort, { once: true });
    });
  const fakeAbortAfter = (ms: number): AbortSignal => {
    const controller = new AbortController();
    const reason = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
    fakeSetTimeout(() => controller.abort(reason), ms);
    return controller.signal;
  };
  Object.assign(fakeSetTimeout, { [promisify.custom]: fakeDelay });
  class FakeDate extends real.Date {
    constructor(...args: readonly unknown[]) {
      if (args.length === 0) super(nowMs());
      else super(...(args as [number]));
    }
    static override now(): number {
      return nowMs();
    }
  }

  Object.assign(globalThis, {
    setTimeout: fakeSetTimeout,
    setInterval: fakeSetInterval,
    clearTimeout: fakeClear,
    clearInterval: fakeClear,
    Date: FakeDate,
  });
  Object.assign(timers, {
    setTimeout: fakeSetTimeout,
    setInterval: fakeSetInterval,
    clearTimeout: fakeClear,
    clearInterval: fakeClear,
  });
  Object.assign(promises, { setTimeout: fakeDelay });
  // Modules have `import { setTimeout } from 'node:timers/promises'` before a test begins.
  syncBuiltinESMExports();
  performance.now = () => originMs + passedMs;
  AbortSignal.timeout = fakeAbortAfter;

  const restore = (): void => {
    if (restored) return;
    restored = true;
    Object.assign(globalThis, {
      setTimeout: real.setTimeout,
      setInterval: real.setInterval,
      clearTimeout: real.clearTimeout,
      clearInterval: real.clearInterval,
      Date: real.Date,
    });
    Object.assign(timers, {
      setTimeout: real.timersSetTimeout,
      setInterval: real.timersSetInterval,
      clearTimeout: real.timersClearTimeout,
      clearInterval: real.timersClearInterval,
    });
    Object.assign(promises, { setTimeout: real.delay });
    syncBuiltinESMExports();
    performance.now = real.performanceNow;
    AbortSignal.timeout = real.abortAfter;
  };

  return {
    get nowMs() {
      return nowMs();
    },
    async advance(ms) {
      if (!(ms >= 0)) throw new RangeError(`time goes on by 0 ms or more, not by ${ms}`);
      const untilMs = passedMs + ms;
      await quiet(quietTurns);
      for (let next = queue.next(untilMs); next !== undefined; next = queue.next(untilMs)) {
        passedMs = Math.max(passedMs, next.atMs);
        queue.fire(next);
        await quiet(firstTurns);
      }
      passedMs = untilMs;
      await quiet(quietTurns);
    },
    settle: () => quiet(quietTurns),
    onTraffic() {
      traffic++;
    },
    restore,
    [Symbol.dispose]: restore,
  };
}
