import type { Connection } from '../../connection/connection.ts';
import type { PublishedSubjects } from './published-subjects.ts';

/**
 * Says when there may be something new in a stream: it hears the events themselves, as they are published, by a plain
 * subscription. It counts them and keeps nothing, so that what is read is read from the stream alone, in its order.
 */
export interface WakeUps {
  /** Events that were heard of and not yet accounted for by `found`. */
  readonly owed: number;
  /** Accounts for events that were read. */
  found(count: number): void;
  /** Gives up what is still owed: repetitions of an id are heard, and not stored. */
  forgive(): void;
  /** Resolves when something is heard, the broker came back, or `timeoutMs` are over. */
  next(timeoutMs: number, signal: AbortSignal): Promise<void>;
  /** Whether the connection was lost since this was asked last: then some may have been missed. */
  takeBreak(): boolean;
  stop(): void;
}

export function createWakeUps(
  connection: Connection,
  published: PublishedSubjects,
  subjects: readonly string[],
): WakeUps {
  let owed = 0;
  let broken = false;
  let wake: (() => void) | undefined;

  const stops = subjects.map((subject) =>
    published.listen(subject, () => {
      owed++;
      wake?.();
    }),
  );
  const stopState = connection.onStateChange(() => {
    broken = true;
    wake?.();
  });

  return {
    get owed() {
      return owed;
    },
    found(count) {
      owed = Math.max(0, owed - count);
    },
    forgive() {
      owed = 0;
    },
    next: (timeoutMs, signal) =>
      new Promise((resolve) => {
        if (signal.aborted || broken) return resolve();
        const done = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          wake = undefined;
          resolve();
        };
        const timer = setTimeout(done, timeoutMs);
        signal.addEventListener('abort', done, { once: true });
        wake = done;
      }),
    takeBreak() {
      const was = broken;
      broken = false;
      return was;
    },
    stop() {
      stopState();
      for (const stop of stops) stop();
    },
  };
}
