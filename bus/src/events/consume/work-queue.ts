import type { EventWork } from './event-work.ts';

/** Events that wait for a handler, and in what order they may have one. */
export interface WorkQueue {
  push(work: EventWork): void;
  /** Whether any may begin. */
  readonly hasNext: boolean;
  /** The next that may begin; undefined when none may. */
  next(): EventWork | undefined;
  /** One that was begun, or waited for another attempt, is over. */
  done(work: EventWork): void;
  /** One that was begun is to be begun again, before whatever must follow it. */
  again(work: EventWork): void;
  /** Takes out all that have not begun. */
  takeAll(): EventWork[];
}

/** First come, first served. */
export function createArrivalQueue(): WorkQueue {
  const waiting: EventWork[] = [];
  return {
    push: (work) => waiting.push(work),
    get hasNext() {
      return waiting.length > 0;
    },
    next: () => waiting.shift(),
    done() {},
    again: (work) => waiting.unshift(work),
    takeAll: () => waiting.splice(0),
  };
}
