import { createFileRegistry, type DescMessage, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import type { Connection } from '../../connection/connection.ts';
import { eventKey, inRegistry, isLostRace, openRegistryBucket, schemaKey } from '../../registry/bucket.ts';
import { fileSchema } from '../../registry/schema-digest.ts';

/** What the headers of an entry take beside it, in bytes, at most. */
const headRoom = 1_024;

/**
 * Leaves the contracts of events in the registry, so that others can decode them: whoever looks at dead letters, and
 * tools. The one that is announced last stands. One that does not fit into a message of the broker is left out: its events are
 * published and handled all the same.
 */
export async function announceEvents(connection: Connection, events: readonly DescMessage[]): Promise<void> {
  const kv = await openRegistryBucket(connection);
  await inRegistry(connection, async () => {
    for (const { typeName, file } of events) {
      const { digest, bytes } = fileSchema(file);
      const known = await kv.get(eventKey(typeName));
      if (known?.string() === digest) continue;
      if (bytes.length + headRoom > connection.maxPayloadBytes) {
        connection.log.warn(
          { event: typeName, sizeBytes: bytes.length, maxBytes: connection.maxPayloadBytes },
          'the contract of an event does not fit into a message of the broker, so that nobody else can show its events; raise max_payload',
        );
        continue;
      }
      await kv.create(schemaKey(digest), bytes).catch((error: unknown) => {
        // There already: a schema is named by its own digest.
        if (!isLostRace(error)) throw error;
      });
      await kv.put(eventKey(typeName), digest);
    }
  });
}

/** The contract of an event as it was announced last; undefined when it never was. */
export async function findEvent(connection: Connection, type: string): Promise<DescMessage | undefined> {
  const kv = await openRegistryBucket(connection);
  return await inRegistry(connection, async () => {
    const digest = (await kv.get(eventKey(type)))?.string();
    const schema = digest ? await kv.get(schemaKey(digest)) : null;
    if (schema?.operation !== 'PUT') return undefined;
    return createFileRegistry(fromBinary(FileDescriptorSetSchema, schema.value)).getMessage(type);
  });
}
