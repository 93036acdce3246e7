import type { Connection } from '../../connection/connection.ts';
import { createDeadlineQueue } from '../../connection/deadline-queue.ts';
import { createAdmission } from './admission.ts';
import type { HeldCalls } from './held-calls.ts';
import type { Job } from './job.ts';
import type { CompleteServiceOptions } from './service-options.ts';

/** The accepted calls of one service, from their arrival to their end: who runs, who waits, whose time is up. */
export interface JobBoard {
  readonly running: number;
  readonly waiting: number;
  /** Takes a call in: it runs now, waits, or is refused. */
  enter(job: Job, timeoutMs: number, receivedAtMs: number): void;
  /** A call is over. `ran` tells whether it held a handler's place. */
  ended(job: Job, ran: boolean): void;
  /** Takes a waiting call out of the queue; false when it is running. */
  withdraw(job: Job): boolean;
  /** Resolves when the last accepted call has ended. */
  idle(): Promise<void>;
  /** Answers for whatever is still under way and tells the handlers to stop. */
  abandon(): void;
  close(): void;
}

export function createJobBoard(
  connection: Connection,
  held: HeldCalls,
  options: CompleteServiceOptions,
): JobBoard {
  const { ticker } = connection;
  const deadlines = createDeadlineQueue<Job>();
  const idleWaiters = new Set<() => void>();
  let underWay = 0;

  const admission = createAdmission<Job>({
    ...options,
    run: (job, nowMs) => job.start(nowMs),
    refuse: (job, waitedMs) => {
      const why =
        waitedMs === undefined
          ? `${options.maxQueue} calls wait already`
          : `it waited ${Math.round(waitedMs)} ms`;
      job.onOverload(`the worker is overloaded: ${why}; try again later`, options.pushbackMs);
    },
  });
  const stopTicking = ticker.add((nowMs) => {
    deadlines.expire(nowMs, (job) => job.onDeadline());
    admission.expire(nowMs);
    return underWay > 0;
  });

  return {
    get running() {
      return admission.running;
    },
    get waiting() {
      return admission.waiting;
    },
    enter(job, timeoutMs, receivedAtMs) {
      underWay++;
      job.expireBy(deadlines.add(job, timeoutMs, receivedAtMs));
      if (job.replySubject !== '') held.add(job.replySubject, job);
      else ticker.wake();
      admission.offer(job, receivedAtMs);
    },
    ended(job, ran) {
      underWay--;
      if (job.deadline !== undefined) deadlines.remove(job.deadline);
      held.delete(job.replySubject);
      if (ran) admission.done();
      if (underWay > 0) return;
      for (const wake of idleWaiters) wake();
      idleWaiters.clear();
    },
    withdraw: (job) => admission.withdraw(job),
    idle() {
      if (underWay === 0) return Promise.resolve();
      return new Promise((resolve) => idleWaiters.add(resolve));
    },
    abandon() {
      deadlines.expire(Number.POSITIVE_INFINITY, (job) => job.onDrainTimeout());
    },
    close() {
      stopTicking();
    },
  };
}
