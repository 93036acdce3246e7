import type { Connection } from '../../connection/connection.ts';

/** What all streams of a connection share: their turn to send, and the clock that notices silence. */
export interface StreamHub {
  /** Whether the socket takes more without piling it up in memory. */
  readonly writable: boolean;
  /** Calls `flush` at the end of this turn, or as soon as the socket takes more. */
  schedule(flush: () => void): void;
  /** Watches a stream for silence until the returned function is called. */
  watch(stream: WatchedStream): () => void;
}

export interface WatchedStream {
  /** When the other side was last heard. */
  readonly heardAtMs: number;
  /** Sends a sign of life. */
  sayAlive(): void;
  /** Nothing has been heard for `stalledAfterMs`. */
  onStalled(): void;
}

/** Time between signs of life on a stream, in milliseconds, and the silence after which a stream has failed. */
export const aliveEveryMs = 5_000;
export const stalledAfterMs = 15_000;

export function createStreamHub(connection: Connection): StreamHub {
  const { ticker, log } = connection;
  let scheduled = new Set<() => void>();
  let pending = false;
  const watched = new Set<WatchedStream>();
  let aliveAtMs = 0;

  const run = (): void => {
    pending = false;
    if (!connection.writable) {
      wait();
      return;
    }
    const turn = scheduled;
    scheduled = new Set();
    for (const flush of turn) {
      try {
        flush();
      } catch (error) {
        log.error({ err: error }, 'a stream could not be flushed');
      }
    }
  };
  const wait = (): void => {
    if (pending) return;
    pending = true;
    if (connection.writable) setImmediate(run);
    else setTimeout(run, 1);
  };
  ticker.add((nowMs) => {
    if (watched.size === 0) return false;
    const sayAlive = nowMs - aliveAtMs >= aliveEveryMs;
    if (sayAlive) aliveAtMs = nowMs;
    for (const stream of watched) {
      if (nowMs - stream.heardAtMs >= stalledAfterMs) stream.onStalled();
      else if (sayAlive) stream.sayAlive();
    }
    return true;
  });

  return {
    get writable() {
      return connection.writable;
    },
    schedule(flush) {
      scheduled.add(flush);
      wait();
    },
    watch(stream) {
      watched.add(stream);
      ticker.wake();
      return () => watched.delete(stream);
    },
  };
}
