import { fromBinary } from '@bufbuild/protobuf';
import { ServiceFleetSchema, ServiceRecordSchema } from '@busline/schemas/busline/registry/v1/registry';
import type { KV } from '@nats-io/kv';
import type { Connection } from '../connection/connection.ts';
import { fleetKey, fleetKeys, serviceKeys } from './bucket.ts';
import { type Catalog, type CatalogRecord, recordsByService } from './catalog.ts';
import { createCatalogBuilder } from './catalog-builder.ts';
import { type RegistryWatch, watchRegistry } from './watch-registry.ts';

export type CatalogWatch = RegistryWatch;

/**
 * Tells `onChange` what services there are: at once, and again whenever that changes. Resolves when the first catalog has
 * been told.
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

  const look = async (kv: KV): Promise<Catalog> =>
    await builder.build(kv, recordsByService(records.values(), fleets));
  const tell = (catalog: Catalog): void => {
    told = catalog;
    onChange(catalog);
  };

  return await watchRegistry(connection, [serviceKeys, fleetKeys], {
    reset() {
      records.clear();
      fleets.clear();
    },
    take(entry) {
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
    },
    complete: async (kv) => tell(await look(kv)),
    async changed(kv) {
      const catalog = await look(kv);
      // A worker that joins with a contract that is known changes its fleet's record and nothing else.
      if (!sameServices(catalog, told)) tell(catalog);
    },
  });
}

const fleetPrefix = fleetKey('');

function sameServices({ services }: Catalog, other: Catalog | undefined): boolean {
  if (services.size !== other?.services.size) return false;
  return [...services].every(([name, service]) => other.services.get(name) === service);
}
