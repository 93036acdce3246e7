import { create, type DescService, toBinary } from '@bufbuild/protobuf';
import { timestampNow } from '@bufbuild/protobuf/wkt';
import { ServiceRecordSchema } from '@busline/schemas/busline/registry/v1/registry';
import type { KV } from '@nats-io/kv';
import type { Connection } from '../connection/connection.ts';
import { fault } from '../errors/fault.ts';
import { isLostRace, schemaKey, serviceKey } from './bucket.ts';
import type { ServiceSchema } from './schema-digest.ts';

/** One service as a worker announces it. */
export interface Announcement {
  readonly service: string;
  readonly desc: DescService;
  readonly schema: ServiceSchema;
  readonly worker: string;
  readonly version: string;
}

/**
 * Leaves the schema of a contract in the registry. What is there already stays as it is.
 *
 * @throws ConnectError MESSAGE_TOO_LARGE for a schema over the broker's message limit.
 */
export async function storeSchema(
  kv: KV,
  connection: Connection,
  { service, schema }: Announcement,
): Promise<void> {
  if (schema.bytes.length > connection.maxPayloadBytes) throw schemaTooLarge(service, schema, connection);
  await createOnce(kv, schemaKey(schema.digest), schema.bytes);
}

/** Leaves the records of a worker's services in the registry, by which readers learn of them; their schemas are there. */
export async function announce(kv: KV, announcements: readonly Announcement[]): Promise<void> {
  for (const { service, schema, worker, version } of announcements) {
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

async function createOnce(kv: KV, key: string, value: Uint8Array): Promise<void> {
  try {
    await kv.create(key, value);
  } catch (error) {
    if (!isLostRace(error)) throw error;
  }
}

function schemaTooLarge(service: string, schema: ServiceSchema, connection: Connection) {
  return fault('MESSAGE_TOO_LARGE', {
    message: `the schema of ${service} has ${schema.bytes.length} bytes, over the broker's limit of ${connection.maxPayloadBytes}; raise max_payload or split the contract`,
    facts: { service, sizeBytes: String(schema.bytes.length), maxBytes: String(connection.maxPayloadBytes) },
  });
}
