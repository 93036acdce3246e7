import { setTimeout as delay } from 'node:timers/promises';
import type { KV, KvEntry } from '@nats-io/kv';
import type { QueuedIterator } from '@nats-io/nats-core';
import type { Connection } from '../connection/connection.ts';
import { inRegistry, openRegistryBucket } from './bucket.ts';

/** Hears what is in the registry. */
export interface RegistryListener {
  /** What was heard so far does not count any more: all there is comes again. */
  reset(): void;
  take(entry: KvEntry): void;
  /** All there is was taken. */
  complete(kv: KV): Promise<void>;
  /** One more entry was taken. */
  changed(kv: KV): Promise<void>;
}

export interface RegistryWatch {
  stop(): Promise<void>;
}

/** Pause before a watch that failed is opened again, in milliseconds. */
const reopenAfterMs = 500;

/**
 * Follows keys of the registry. Opened anew after each reconnect, so that nothing written meanwhile is missed. Resolves
 * when `complete` has been called for the first time.
 *
 * @throws ConnectError JETSTREAM_OFF, or UNAVAILABLE when the first state cannot be read.
 */
export async function watchRegistry(
  connection: Connection,
  keys: string[],
  listener: RegistryListener,
): Promise<RegistryWatch> {
  let entries: QueuedIterator<KvEntry> | undefined;
  let stopped = false;

  /** Reads all there is, then follows from the next revision on: nothing falls between the two. */
  const open = async (): Promise<KV> => {
    const kv = await openRegistryBucket(connection);
    listener.reset();
    let revision = 0;
    for await (const entry of await inRegistry(connection, () => kv.history({ key: keys }))) {
      listener.take(entry);
      revision = Math.max(revision, entry.revision);
    }
    await listener.complete(kv);
    entries = await kv.watch({ key: keys, resumeFromRevision: revision + 1 });
    return kv;
  };
  const follow = async (kv: KV, from: QueuedIterator<KvEntry>): Promise<void> => {
    for await (const entry of from) {
      listener.take(entry);
      await listener.changed(kv);
    }
  };
  const run = async (firstKv: KV): Promise<void> => {
    let kv: KV | undefined = firstKv;
    while (!stopped) {
      try {
        kv ??= await open();
        await follow(kv, entries as QueuedIterator<KvEntry>);
      } catch (error) {
        if (!stopped)
          connection.log.warn({ err: error }, 'the watch on the registry failed; opening it again');
      }
      kv = undefined;
      if (!stopped) await delay(reopenAfterMs, undefined, { ref: false });
    }
  };

  const firstKv = await open();
  const running = run(firstKv);
  const stopListening = connection.onStateChange((state) => {
    // The iterator ends, and `run` opens the next one.
    if (state === 'connected') entries?.stop();
    if (state === 'closed') stopped = true;
  });
  return {
    async stop() {
      stopped = true;
      stopListening();
      entries?.stop();
      await running;
    },
  };
}
