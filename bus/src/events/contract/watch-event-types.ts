import { createFileRegistry, type DescMessage, fromBinary, type Registry } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import type { KV } from '@nats-io/kv';
import type { Connection } from '../../connection/connection.ts';
import { eventKey, eventKeys, readKey, schemaKey } from '../../registry/bucket.ts';
import { type RegistryWatch, watchRegistry } from '../../registry/watch-registry.ts';

/** An event whose contract is in the registry. The same object for as long as the contract stays. */
export interface KnownEvent {
  readonly schema: DescMessage;
  /** Every type that its file and what it imports define. */
  readonly registry: Registry;
}

/** Events by full name. */
export type EventTypes = ReadonlyMap<string, KnownEvent>;

/**
 * Tells `onChange` what events there are: at once, and again whenever a contract is announced that was not there. Resolves
 * when the first ones have been told.
 *
 * @throws ConnectError JETSTREAM_OFF, or UNAVAILABLE when the first state cannot be read.
 */
export async function watchEventTypes(
  connection: Connection,
  onChange: (types: EventTypes) => void,
): Promise<RegistryWatch> {
  /** Digest of the newest schema, by type. */
  const digests = new Map<string, string>();
  let known: ReadonlyMap<string, KnownEvent & { readonly digest: string }> = new Map();

  const tell = async (kv: KV): Promise<void> => {
    const next = new Map<string, KnownEvent & { readonly digest: string }>();
    // Events of one file have one schema, and are to have one registry.
    const registries = new Map<string, Registry | undefined>();
    for (const event of known.values()) registries.set(event.digest, event.registry);
    for (const [type, digest] of digests) {
      if (!registries.has(digest)) registries.set(digest, await readSchema(kv, digest));
      const registry = registries.get(digest);
      const schema = registry?.getMessage(type);
      const earlier = known.get(type);
      if (earlier?.digest === digest) next.set(type, earlier);
      else if (registry !== undefined && schema !== undefined) next.set(type, { schema, registry, digest });
      else connection.log.warn({ type, digest }, 'the contract of an event cannot be read; it is left out');
    }
    known = next;
    onChange(next);
  };

  return await watchRegistry(connection, [eventKeys], {
    reset: () => digests.clear(),
    take(entry) {
      const type = entry.key.slice(eventPrefix.length);
      if (entry.operation === 'PUT') digests.set(type, entry.string());
      else digests.delete(type);
    },
    complete: tell,
    changed: tell,
  });
}

const eventPrefix = eventKey('');

async function readSchema(kv: KV, digest: string): Promise<Registry | undefined> {
  const entry = await readKey(kv, schemaKey(digest));
  if (entry === undefined) return undefined;
  try {
    return createFileRegistry(fromBinary(FileDescriptorSetSchema, entry.value));
  } catch {
    return undefined;
  }
}
