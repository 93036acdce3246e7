import {
  createFileRegistry,
  type DescService,
  type FileRegistry,
  fromBinary,
  type Registry,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { schemaDigest } from './schema-digest.ts';

/** The services of the bus at one moment, by full name. A new object at each change. */
export interface Catalog {
  readonly services: ReadonlyMap<string, CatalogService>;
}

/** A service by its contract, or by those of its versions together. */
export interface CatalogService {
  readonly desc: DescService;
  /** Every type the contract knows, for `Any` in JSON. */
  readonly registry: Registry;
  /** Digest of the schema; of several versions together, of what they make. */
  readonly digest: string;
  /** Worker that announced the contract first, the newest one's if there are several, and its version. */
  readonly worker: string;
  readonly version: string;
  /** Names of the methods that some versions lack: while no worker of the others runs, nobody serves them. Default: none. */
  readonly partial?: ReadonlySet<string>;
}

/** A service by one contract, with the files it is made of. */
export interface RecordedService extends CatalogService {
  readonly registry: FileRegistry;
}

/** What `ServiceRecord`s and schemas add up to. */
export interface CatalogRecord {
  readonly service: string;
  readonly digest: string;
  readonly worker: string;
  readonly version: string;
  /** Place in the registry's order: the newest contract of a service is the one announced last for the first time. */
  readonly revision: number;
}

/**
 * The records that count for each service, in the order of the services' names: those of its fleet, in the order in which
 * workers last joined; the newest one of a service that has none, as workers of another make may leave it.
 *
 * @param fleets digests by service
 */
export function recordsByService(
  records: Iterable<CatalogRecord>,
  fleets: ReadonlyMap<string, readonly string[]>,
): Map<string, CatalogRecord[]> {
  const announced = Map.groupBy(records, ({ service }) => service);
  const services = [...announced].sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map(
    services.map(([service, known]) => {
      const joined = (fleets.get(service) ?? []).flatMap((digest) =>
        known.filter((record) => record.digest === digest),
      );
      if (joined.length > 0) return [service, joined];
      return [service, [known.reduce((a, b) => (a.revision > b.revision ? a : b))]];
    }),
  );
}

/**
 * Makes a service of a record and the bytes of its schema.
 *
 * @throws Error when the bytes are not what their digest names, no descriptors, or do not hold the service.
 */
export function catalogService(record: CatalogRecord, schema: Uint8Array): RecordedService {
  const digest = schemaDigest(schema);
  if (digest !== record.digest)
    throw new Error(`the stored schema ${record.digest} is damaged: its digest is ${digest}`);
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, schema));
  const desc = registry.getService(record.service);
  if (desc === undefined)
    throw new Error(`the schema ${record.digest} does not hold the service ${record.service}`);
  return { desc, registry, digest, worker: record.worker, version: record.version };
}
