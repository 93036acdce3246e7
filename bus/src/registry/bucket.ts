import { JetStreamApiError, jetstream } from '@nats-io/jetstream';
import { type KV, type KvEntry, Kvm } from '@nats-io/kv';
import type { Connection } from '../connection/connection.ts';
import { guardedByConnection } from '../jetstream/guarded-by-connection.ts';
import { manage } from '../jetstream/manage.ts';
import { throughElections } from '../jetstream/through-elections.ts';

/**
 * The bucket in which workers leave their contracts (docs/protocol.md, "Registry"):
 *
 *     schema.<digest>              a serialized FileDescriptorSet, named by its own digest
 *     service.<full name>.<digest> a ServiceRecord
 *     fleet.<full name>            a ServiceFleet
 *     event.<full name>            the digest of the newest schema of an event
 *
 * The first two are written once and never changed, so any number of workers may write them at the same time. A fleet
 * is changed by compare-and-set.
 */
const bucket = 'busline_registry';
const what = 'the registry';

export const serviceKeys = 'service.>';

export function serviceKey(service: string, digest: string): string {
  return `service.${service}.${digest}`;
}

export const fleetKeys = 'fleet.>';

export function fleetKey(service: string): string {
  return `fleet.${service}`;
}

export const eventKeys = 'event.>';

export function eventKey(type: string): string {
  return `event.${type}`;
}

export function schemaKey(digest: string): string {
  return `schema.${digest}`;
}

/** Largest size of all schemas together, in bytes: some thousands of versions of ordinary contracts. */
const maxBytes = 256 * 1024 * 1024;

/**
 * Opens the bucket, making it if it is not there.
 *
 * @throws ConnectError JETSTREAM_OFF, or UNAVAILABLE when JetStream does not answer.
 */
export async function openRegistryBucket(connection: Connection): Promise<KV> {
  return await throughElections(connection, () =>
    manage(connection, what, () =>
      new Kvm(jetstream(connection.nats)).create(bucket, {
        history: 1,
        max_bytes: maxBytes,
        // Read from the leader: a replica may lag behind, and who joins a fleet must not overlook the one before.
        allow_direct: false,
        description: 'contracts announced by Busline workers',
      }),
    ),
  );
}

/**
 * Works with the bucket, again from the beginning while it has no leader: in a cluster one that was just made has none for
 * a moment. What `work` writes must bear to be written twice.
 *
 * @throws ConnectError UNAVAILABLE when JetStream does not answer; whatever else `work` throws.
 */
export async function inRegistry<T>(connection: Connection, work: () => Promise<T>): Promise<T> {
  return await throughElections(connection, () => guardedByConnection(connection, what)(work));
}

/** Gives the bucket more copies if it has too few. */
export async function replicateRegistry(connection: Connection, replicas: number): Promise<void> {
  await openRegistryBucket(connection);
  await throughElections(connection, () =>
    manage(connection, what, async (manager) => {
      const { config } = await manager.streams.info(`KV_${bucket}`);
      if (config.num_replicas >= replicas) return;
      await manager.streams.update(`KV_${bucket}`, { num_replicas: replicas });
    }),
  );
}

/** The entry of a key; undefined when there is none, or it was deleted. */
export async function readKey(kv: KV, key: string): Promise<KvEntry | undefined> {
  const entry = await kv.get(key);
  return entry?.operation === 'PUT' ? entry : undefined;
}

/** Error code of JetStream for a compare-and-set that lost, or a key that is there already. */
const wrongLastSequence = 10071;

/** Whether a write failed because somebody else's came first. */
export function isLostRace(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === wrongLastSequence;
}
