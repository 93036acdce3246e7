import type { BlockPool } from '../../connection/block-pool.ts';
import type { Connection } from '../../connection/connection.ts';

/** Who may send when: all streams of a connection share its socket and its event loop. */
export interface StreamTurns {
  /** Whether the socket takes more without piling it up in memory. */
  readonly writable: boolean;
  /** Memory for what streams have to send. */
  readonly blocks: BlockPool;
  /** Calls `flush` at the end of this turn, or as soon as the socket takes more. */
  schedule(flush: () => void): void;
  /** Counts a message written. False once the turn has seen enough of them: then a writer waits for its flush. */
  spend(bytes: number): boolean;
}

/** What all streams of a connection share: their turns to send, and the clock that notices silence. */
export interface StreamHub extends StreamTurns {
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

/**
 * What all streams together may write before the process reads from its socket again, in messages and in bytes.
 * Handlers that always have one more message would not let go of the event loop otherwise: with 50 of them sending
 * 4 bytes at a time a new stream waited 2 s for its first message, and now and then the broker, which found nobody
 * reading for 10 s, dropped the worker. With the limits it waits 0.2 s, and nothing is slower.
 */
const messagesPerTurn = 1024;
const bytesPerTurn = 1024 * 1024;

export function createStreamHub(connection: Connection): StreamHub {
  const { ticker, log } = connection;
  let scheduled = new Set<() => void>();
  let pending = false;
  const watched = new Set<WatchedStream>();
  let aliveAtMs = 0;
  let messagesWritten = 0;
  let bytesWritten = 0;

  const run = (): void => {
    pending = false;
    if (!connection.writable) {
      wait();
      return;
    }
    messagesWritten = 0;
    bytesWritten = 0;
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
    blocks: connection.blocks,
    get writable() {
      return connection.writable;
    },
    schedule(flush) {
      scheduled.add(flush);
      wait();
    },
    spend(bytes) {
      messagesWritten++;
      bytesWritten += bytes;
      return messagesWritten < messagesPerTurn && bytesWritten < bytesPerTurn;
    },
    watch(stream) {
      watched.add(stream);
      ticker.wake();
      return () => watched.delete(stream);
    },
  };
}
