import { JetStreamApiError, jetstream } from '@nats-io/jetstream';
import { type KV, type KvEntry, Kvm } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/nats-core';

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

export const serviceKeys = 'service.>';

export function serviceKey(service: string, digest: string): string {
  return `service.${service}.${digest}`;
}

export const fleetKeys = 'fleet.>';

export function fleetKey(service: string): string {
  return `fleet.${service}`;
}

export function eventKey(type: string): string {
  return `event.${type}`;
}

export function schemaKey(digest: string): string {
  return `schema.${digest}`;
}

/** Largest size of all schemas together, in bytes: some thousands of versions of ordinary contracts. */
const maxBytes = 256 * 1024 * 1024;

/** Opens the bucket, making it if it is not there. */
export async function openRegistryBucket(nats: NatsConnection): Promise<KV> {
  const kvm = new Kvm(jetstream(nats));
  return kvm.create(bucket, {
    history: 1,
    max_bytes: maxBytes,
    // Read from the leader: a replica may lag behind, and who joins a fleet must not overlook the one before.
    allow_direct: false,
    description: 'contracts announced by Busline workers',
  });
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
