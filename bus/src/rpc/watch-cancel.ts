import type { Cancellable } from '../scope/call-scope.ts';
import type { CancelSignal } from './cancel-signal.ts';

/** A call that is cancelled when its signal is aborted. */
export interface CancelWatch {
  stop(): void;
}

/**
 * Cancels `call` when `signal` is aborted, until told to stop.
 *
 * What a call keeps of this is an object and not the listener itself: a closure over a call that the call holds in a
 * property makes V8 move both to its old generation, with all they refer to. Of the memory of a request to the edge a
 * fifth went that way, and each full collection took it back.
 */
export function watchCancel(signal: CancelSignal, call: Cancellable): CancelWatch {
  const onAbort = (): void => call.cancel(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  return { stop: () => signal.removeEventListener('abort', onAbort) };
}
