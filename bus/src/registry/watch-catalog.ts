import { setTimeout as delay } from 'node:timers/promises';
import { fromBinary } from '@bufbuild/protobuf';
import { ServiceRecordSchema } from '@busline/schemas/busline/registry/v1/registry';
import type { KV, KvEntry } from '@nats-io/kv';
import type { QueuedIterator } from '@nats-io/nats-core';
import type { Connection } from '../connection/connection.ts';
import { openRegistryBucket, schemaKey, serviceKeys } from './bucket.ts';
import {
  type Catalog,
  type CatalogRecord,
  type CatalogService,
  catalogService,
  newestRecords,
} from './catalog.ts';

export interface CatalogWatch {
  stop(): Promise<void>;
}

/** Pause before a watch that failed is opened again, in milliseconds. */
const reopenAfterMs = 500;

/**
 * Tells `onChange` what services there are: at once, and again whenever that changes. Opened anew after each
 * reconnect, so that nothing announced meanwhile is missed. Resolves when the first catalog has been told.
 *
 * @throws whatever JetStream throws when the first state cannot be read.
 */
export async function watchCatalog(
  connection: Connection,
  onChange: (catalog: Catalog) => void,
): Promise<CatalogWatch> {
  const records = new Map<string, CatalogRecord>();
  // Kept across changes: a schema never changes under its digest, and building one takes tens of milliseconds.
  const built = new Map<string, CatalogService>();
  let entries: QueuedIterator<KvEntry> | undefined;
  let stopped = false;

  const tell = async (kv: KV): Promise<void> => {
    const services = new Map<string, CatalogService>();
    for (const record of newestRecords(records.values())) {
      const service = built.get(keyOf(record)) ?? (await build(kv, record));
      if (service !== undefined) services.set(record.service, service);
    }
    onChange({ services });
  };
  const build = async (kv: KV, record: CatalogRecord): Promise<CatalogService | undefined> => {
    try {
      const entry = await kv.get(schemaKey(record.digest));
      if (entry === null) throw new Error(`its schema ${record.digest} is not in the registry`);
      const service = catalogService(record, entry.value);
      built.set(keyOf(record), service);
      return service;
    } catch (error) {
      connection.log.error({ err: error, service: record.service }, 'a service is left out of the catalog');
      return undefined;
    }
  };
  const take = (entry: KvEntry): void => {
    if (entry.operation !== 'PUT') {
      records.delete(entry.key);
      return;
    }
    const { service, digest, worker, version } = fromBinary(ServiceRecordSchema, entry.value);
    records.set(entry.key, { service, digest, worker, version, revision: entry.revision });
  };

  /** Reads all there is, then follows from the next revision on: nothing falls between the two. */
  const open = async (): Promise<KV> => {
    const kv = await openRegistryBucket(connection.nats);
    records.clear();
    let revision = 0;
    for await (const entry of await kv.history({ key: serviceKeys })) {
      take(entry);
      revision = Math.max(revision, entry.revision);
    }
    await tell(kv);
    entries = await kv.watch({ key: serviceKeys, resumeFromRevision: revision + 1 });
    return kv;
  };
  const follow = async (kv: KV, from: QueuedIterator<KvEntry>): Promise<void> => {
    for await (const entry of from) {
      take(entry);
      await tell(kv);
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

function keyOf(record: CatalogRecord): string {
  return `${record.service} ${record.digest}`;
}
