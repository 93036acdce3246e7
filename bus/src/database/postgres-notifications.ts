import { setTimeout as delay } from 'node:timers/promises';
import type { PostgresPool } from './postgres-client.ts';

/** Pause before another connection is tried, in milliseconds. Meanwhile the relay polls. */
const pauseMs = 1_000;

/**
 * Calls `listener` at each notification on a channel (`LISTEN`), on a connection of its own that is made anew when it is
 * lost. Returns the function that ends it. A server that cannot be reached is no error: notifications only save waiting.
 */
export function listenForNotifications(
  pool: PostgresPool,
  channel: string,
  listener: () => void,
): () => Promise<void> {
  const stopping = new AbortController();
  const { signal } = stopping;

  const listen = async (): Promise<void> => {
    const connection = await pool.connect();
    const lost = Promise.withResolvers<void>();
    const onError = (): void => lost.resolve();
    const onNotification = (): void => listener();
    // Stays: a connection may report its end after it was closed, too.
    connection.on('error', onError);
    connection.on('notification', onNotification);
    signal.addEventListener('abort', onError, { once: true });
    try {
      await connection.query(`LISTEN ${channel}`);
      // Something may have been committed before.
      listener();
      if (!signal.aborted) await lost.promise;
    } finally {
      signal.removeEventListener('abort', onError);
      connection.off('notification', onNotification);
      // Closed rather than given back: whoever took it next would be listening too.
      connection.release(true);
    }
  };
  const running = (async () => {
    while (!signal.aborted) {
      await listen().catch(() => {});
      await delay(pauseMs, undefined, { signal }).catch(() => {});
    }
  })();
  return async () => {
    stopping.abort();
    await running;
  };
}
