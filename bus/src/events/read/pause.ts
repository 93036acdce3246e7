import type { Connection } from '../../connection/connection.ts';

/** Waits for `ms`; not longer than until the connection changes its state, or `signal` aborts. */
export function pause(connection: Connection, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      stopState();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    const stopState = connection.onStateChange(done);
    signal.addEventListener('abort', done, { once: true });
  });
}
