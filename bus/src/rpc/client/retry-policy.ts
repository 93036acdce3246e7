import type { ConnectError } from '@connectrpc/connect';
import { callFate, type FaultReason, faultReason, retryAfterMs } from '../../errors/fault.ts';

/** Most times one call is sent. Four rides out a rolling restart of a handful of workers. */
const maxAttempts = 4;

/** First pause before a retry that carries no pushback; doubles with each further one. */
const firstPauseMs = 10;

/** Longest pause; when more is asked for, the caller is better served by the error and its pushback. */
const maxPauseMs = 1_000;

/**
 * Faults that another worker may not have. Not among them: NO_RESPONDERS and DISCONNECTED (there is no other
 * worker to reach now), a handler's own errors (it ran, and its callers decide), and deadlines.
 */
const anotherWorkerMayHelp: ReadonlySet<FaultReason> = new Set([
  'OVERLOADED',
  'DRAINING',
  'DRAIN_TIMEOUT',
  'WORKER_LOST',
]);

/** What the decision rests on. */
export interface FailedAttempt {
  readonly error: ConnectError;
  /** Attempts so far, this one included. */
  readonly attempts: number;
  readonly idempotent: boolean;
  readonly leftMs: number;
}

/**
 * Milliseconds to wait before the next attempt, or undefined when the error stands. Safe by construction: only a
 * call that never started, or that the contract calls idempotent, is sent again.
 */
export function nextAttemptInMs(
  failed: FailedAttempt,
  random: () => number = Math.random,
): number | undefined {
  const { error, attempts, idempotent, leftMs } = failed;
  if (attempts >= maxAttempts) return undefined;
  const fate = callFate(error);
  if (fate === undefined || (fate === 'may-have-run' && !idempotent)) return undefined;
  const reason = faultReason(error);
  if (reason === undefined || !anotherWorkerMayHelp.has(reason)) return undefined;
  const pauseMs = retryAfterMs(error) ?? (reason === 'OVERLOADED' ? firstPauseMs : 0) * 2 ** (attempts - 1);
  if (pauseMs > maxPauseMs) return undefined;
  // Up to half as long again, so that those who were refused together do not come back together.
  const waitMs = pauseMs * (1 + random() / 2);
  return waitMs < leftMs ? waitMs : undefined;
}
