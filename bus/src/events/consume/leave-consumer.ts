import type { ConnectError } from '@connectrpc/connect';
import type { Connection } from '../../connection/connection.ts';
import { fault } from '../../errors/fault.ts';
import { finishedWithin } from '../../scope/finished-within.ts';
import type { EventConsumer } from './event-consumer.ts';
import type { PullLoop } from './pull-loop.ts';

/** What to do about handlers that are not done in time. */
export interface LateHandlers {
  /** For the log. */
  readonly about: object;
  readonly text: string;
  /** What they are aborted with. */
  readonly reason: ConnectError;
}

export interface Leaving {
  readonly loops: readonly Pick<PullLoop, 'stop'>[];
  /** How long to wait for handlers, in milliseconds. */
  readonly drainTimeoutMs: number;
  readonly late: LateHandlers;
}

/** Hands back what has not begun, finishes what runs, at most for the drain time, and hands back the rest. */
export async function leaveConsumer(
  { log }: Connection,
  consumer: EventConsumer,
  { loops, drainTimeoutMs, late }: Leaving,
): Promise<void> {
  // First what waits, so that others have it at once; then what was on its way meanwhile goes back as it comes.
  consumer.handBack();
  await Promise.all(loops.map((loop) => loop.stop()));
  if (!(await finishedWithin(consumer.idle(), drainTimeoutMs))) {
    log.warn({ ...late.about, running: consumer.running, drainTimeoutMs }, late.text);
    consumer.abandon(late.reason);
  }
  consumer.close();
}

/** Of a consumer of events. */
export function lateHandlers(consumer: string): LateHandlers {
  return {
    about: { consumer },
    text: 'event handlers still ran at the end of the drain time',
    reason: fault('DRAIN_TIMEOUT', {
      message: 'the worker is leaving and could not wait for the handler',
    }),
  };
}
