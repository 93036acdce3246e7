import type { DescMessage } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import type { KV, KvEntry } from '@nats-io/kv';
import type { Connection } from '../connection/connection.ts';
import { guardedByConnection } from '../jetstream/guarded-by-connection.ts';
import type { Entry } from './store.ts';

export interface WatchKeyInit<S extends DescMessage> {
  readonly connection: Connection;
  readonly kv: KV;
  readonly key: string;
  /** Named in errors. */
  readonly what: string;
  readonly signal: AbortSignal | undefined;
  entryOf(stored: KvEntry): Entry<S>;
}

/** Follows one key: its entry now, and each later one, the newest only where the reader is slow. */
export async function* watchKey<S extends DescMessage>(init: WatchKeyInit<S>): AsyncIterable<Entry<S>> {
  const { connection, kv, key, what, signal, entryOf } = init;
  signal?.throwIfAborted();
  const entries = await guardedByConnection(connection, what)(() => kv.watch({ key }));
  // An abort meanwhile found nobody listening.
  if (signal?.aborted) {
    entries.stop();
    throw signal.reason;
  }
  let newest: KvEntry | undefined;
  let failure: { readonly error: unknown } | undefined;
  let wake = Promise.withResolvers<void>();

  const fail = (error: unknown): void => {
    failure ??= { error };
    wake.resolve();
  };
  const unreachable = () => new ConnectError(`${what} cannot be reached now`, Code.Unavailable);
  const onAbort = (): void => fail(signal?.reason);
  const stopListening = connection.onStateChange((state) => {
    if (state === 'disconnected' || state === 'closed') fail(unreachable());
  });
  const follow = async (): Promise<void> => {
    for await (const entry of entries) {
      newest = entry.operation === 'PUT' ? entry : undefined;
      wake.resolve();
    }
    fail(unreachable());
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  follow().catch(fail);
  try {
    for (;;) {
      await wake.promise;
      wake = Promise.withResolvers();
      if (failure !== undefined) throw failure.error;
      if (newest === undefined) continue;
      const entry = newest;
      newest = undefined;
      yield entryOf(entry);
      // What came, or failed, while the reader was busy.
      if (newest !== undefined || failure !== undefined) wake.resolve();
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    stopListening();
    entries.stop();
  }
}
