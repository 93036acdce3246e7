import { Code, ConnectError } from '@connectrpc/connect';
import type { Connection } from '../../connection/connection.ts';

/** The end of a reading. */
export interface ReadingEnd {
  readonly signal: AbortSignal;
  release(): void;
}

/** Ends a reading with its reader's signal, or when this process leaves the bus. */
export function readingEnd(connection: Connection, wanted: AbortSignal | undefined): ReadingEnd {
  const controller = new AbortController();
  const abort = (): void => controller.abort(new ConnectError('the reading has ended', Code.Canceled));
  const stopState = connection.onStateChange((state) => {
    if (state === 'draining' || state === 'closed') abort();
  });
  if (wanted?.aborted) abort();
  wanted?.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    release() {
      stopState();
      wanted?.removeEventListener('abort', abort);
    },
  };
}
