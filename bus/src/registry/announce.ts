import { create, toBinary } from '@bufbuild/protobuf';
import { timestampNow } from '@bufbuild/protobuf/wkt';
import { ServiceRecordSchema } from '@busline/schemas/busline/registry/v1/registry';
import { JetStreamApiError } from '@nats-io/jetstream';
import type { KV } from '@nats-io/kv';
import type { Connection } from '../connection/connection.ts';
import { fault } from '../errors/fault.ts';
import { openRegistryBucket, schemaKey, serviceKey } from './bucket.ts';
import type { ServiceSchema } from './schema-digest.ts';

/** One service as a worker announces it. */
export interface Announcement {
  readonly service: string;
  readonly schema: ServiceSchema;
  readonly worker: string;
  readonly version: string;
}

/**
 * Leaves the contracts of a worker in the registry. What is there already stays as it is.
 *
 * @throws ConnectError MESSAGE_TOO_LARGE for a schema over the broker's message limit; whatever JetStream throws
 * when it cannot be reached or is not enabled.
 */
export async function announce(
  connection: Connection,
  announcements: readonly Announcement[],
): Promise<void> {
  const kv = await openRegistryBucket(connection.nats);
  for (const { service, schema, worker, version } of announcements) {
    if (schema.bytes.length > connection.maxPayloadBytes) throw schemaTooLarge(service, schema, connection);
    await createOnce(kv, schemaKey(schema.digest), schema.bytes);
    const record = create(ServiceRecordSchema, {
      service,
      digest: schema.digest,
      worker,
      version,
      announceTime: timestampNow(),
    });
    await createOnce(kv, serviceKey(service, schema.digest), toBinary(ServiceRecordSchema, record));
  }
}

/** Error code of JetStream for a compare-and-set that lost: here, the key is there already. */
const wrongLastSequence = 10071;

async function createOnce(kv: KV, key: string, value: Uint8Array): Promise<void> {
  try {
    await kv.create(key, value);
  } catch (error) {
    if (!(error instanceof JetStreamApiError && error.code === wrongLastSequence)) throw error;
  }
}

function schemaTooLarge(service: string, schema: ServiceSchema, connection: Connection) {
  return fault('MESSAGE_TOO_LARGE', {
    message: `the schema of ${service} has ${schema.bytes.length} bytes, over the broker's limit of ${connection.maxPayloadBytes}; raise max_payload or split the contract`,
    facts: { service, sizeBytes: String(schema.bytes.length), maxBytes: String(connection.maxPayloadBytes) },
  });
}
