import type { Deadline } from '../../connection/deadline-queue.ts';
import type { HeldCall } from './held-calls.ts';

/** One accepted call, unary or streaming, as the server that runs it sees it. */
export interface Job extends HeldCall {
  readonly replySubject: string;
  readonly deadline: Deadline | undefined;
  /** Ties the job to its place among the deadlines. */
  expireBy(deadline: Deadline): void;
  /** Runs the handler, unless the deadline passed while the call waited. */
  start(nowMs: number): void;
  /** The queue has no place, or no more time, for the job. */
  onOverload(message: string, pushbackMs: number): void;
  onDeadline(): void;
  /** The worker must leave and waits no longer. */
  onDrainTimeout(): void;
}
