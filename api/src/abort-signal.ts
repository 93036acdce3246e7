import type { CancelSignal } from '@busline/bus';
import { Code, ConnectError } from '@connectrpc/connect';

/** The signal of a request as those want it who know `AbortSignal` only. */
export function abortSignal(signal: CancelSignal): AbortSignal {
  if (signal instanceof AbortSignal) return signal;
  const controller = new AbortController();
  const abort = (): void => controller.abort(new ConnectError('the client went away', Code.Canceled));
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return controller.signal;
}
