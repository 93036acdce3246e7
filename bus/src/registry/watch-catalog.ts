import { setTimeout as delay } from 'node:timers/promises';
import { fromBinary } from '@bufbuild/protobuf';
import { ServiceFleetSchema, ServiceRecordSchema } from '@busline/schemas/busline/registry/v1/registry';
import type { KV, KvEntry } from '@nats-io/kv';
import type { QueuedIterator } from '@nats-io/nats-core';
import type { Connection } from '../connection/connection.ts';
import { fleetKey, fleetKeys, inRegistry, openRegistryBucket, serviceKeys } from './bucket.ts';
import { type Catalog, type CatalogRecord, recordsByService } from './catalog.ts';
import { createCatalogBuilder } from './catalog-builder.ts';

export interface CatalogWatch {
  stop(): Promise<void>;
}

/** Pause before a watch that failed is opened again, in milliseconds. */
const reopenAfterMs = 500;

/**
 * Tells `onChange` what services there are: at once, and again whenever that changes. Opened anew after each
 * reconnect, so that nothing announced meanwhile is missed. Resolves when the first catalog has been told.
 *
 * @throws ConnectError JETSTREAM_OFF, or UNAVAILABLE when the first state cannot be read.
 */
export async function watchCatalog(
  connection: Connection,
  onChange: (catalog: Catalog) => void,
): Promise<CatalogWatch> {
  const records = new Map<string, CatalogRecord>();
  const fleets = new Map<string, readonly string[]>();
  const builder = createCatalogBuilder(connection.log);
  let told: Catalog | undefined;
  let entries: QueuedIterator<KvEntry> | undefined;
  let stopped = false;

  const look = async (kv: KV): Promise<Catalog> =>
    await builder.build(kv, recordsByService(records.values(), fleets));
  const tell = (catalog: Catalog): void => {
    told = catalog;
    onChange(catalog);
  };
  const take = (entry: KvEntry): void => {
    const there = entry.operation === 'PUT';
    if (entry.key.startsWith(fleetPrefix)) {
      const { contracts } = fromBinary(ServiceFleetSchema, there ? entry.value : new Uint8Array(0));
      const digests = contracts.map(({ digest }) => digest);
      fleets.set(entry.key.slice(fleetPrefix.length), digests);
    } else if (there) {
      const { service, digest, worker, version } = fromBinary(ServiceRecordSchema, entry.value);
      records.set(entry.key, { service, digest, worker, version, revision: entry.revision });
    } else {
      records.delete(entry.key);
    }
  };

  /** Reads all there is, then follows from the next revision on: nothing falls between the two. */
  const open = async (): Promise<KV> => {
    const kv = await openRegistryBucket(connection);
    records.clear();
    fleets.clear();
    let revision = 0;
    for await (const entry of await inRegistry(connection, () => kv.history({ key: keys }))) {
      take(entry);
      revision = Math.max(revision, entry.revision);
    }
    tell(await look(kv));
    entries = await kv.watch({ key: keys, resumeFromRevision: revision + 1 });
    return kv;
  };
  const follow = async (kv: KV, from: QueuedIterator<KvEntry>): Promise<void> => {
    for await (const entry of from) {
      take(entry);
      const catalog = await look(kv);
      // A worker that joins with a contract that is known changes its fleet's record and nothing else.
      if (!sameServices(catalog, told)) tell(catalog);
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

const keys = [serviceKeys, fleetKeys];
const fleetPrefix = fleetKey('');

function sameServices({ services }: Catalog, other: Catalog | undefined): boolean {
  if (services.size !== other?.services.size) return false;
  return [...services].every(([name, service]) => other.services.get(name) === service);
}
