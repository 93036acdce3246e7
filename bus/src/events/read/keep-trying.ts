import { Code, ConnectError } from '@connectrpc/connect';
import type { Connection } from '../../connection/connection.ts';
import { pause } from './pause.ts';

/** Waits after the broker failed to answer, in milliseconds, doubling from the first to the last. */
const firstPauseMs = 50;
const lastPauseMs = 2_000;

export interface Trying {
  /** For how long failures are put up with, in milliseconds. */
  readonly patienceMs: number;
  readonly signal: AbortSignal;
  onFailure(error: ConnectError): void;
}

/**
 * Does work again while the broker is away or elects a leader.
 *
 * @throws the last UNAVAILABLE when patience is over, any other error at once, what `signal` was aborted with.
 */
export async function keepTrying<T>(
  connection: Connection,
  { patienceMs, signal, onFailure }: Trying,
  work: () => Promise<T>,
): Promise<T> {
  const giveUpAtMs = performance.now() + patienceMs;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(lastPauseMs, pauseMs * 2)) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ConnectError && error.code === Code.Unavailable)) throw error;
      if (performance.now() > giveUpAtMs) throw error;
      onFailure(error);
    }
    await pause(connection, pauseMs, signal);
    signal.throwIfAborted();
  }
}
