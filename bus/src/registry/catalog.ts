import { createFileRegistry, type DescService, fromBinary, type Registry } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { schemaDigest } from './schema-digest.ts';

/** The services of the bus at one moment, by full name. A new object at each change. */
export interface Catalog {
  readonly services: ReadonlyMap<string, CatalogService>;
}

/** A service by its newest contract. */
export interface CatalogService {
  readonly desc: DescService;
  /** Every type the contract knows, for `Any` in JSON. */
  readonly registry: Registry;
  readonly digest: string;
  /** Worker that announced the contract first, and its version. */
  readonly worker: string;
  readonly version: string;
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

/** The newest record of each service, in the order of their names. */
export function newestRecords(records: Iterable<CatalogRecord>): CatalogRecord[] {
  const newest = new Map<string, CatalogRecord>();
  for (const record of records) {
    const known = newest.get(record.service);
    if (known === undefined || record.revision > known.revision) newest.set(record.service, record);
  }
  return [...newest.values()].sort((a, b) => (a.service < b.service ? -1 : 1));
}

/**
 * Makes a service of a record and the bytes of its schema.
 *
 * @throws Error when the bytes are not what their digest names, no descriptors, or do not hold the service.
 */
export function catalogService(record: CatalogRecord, schema: Uint8Array): CatalogService {
  const digest = schemaDigest(schema);
  if (digest !== record.digest)
    throw new Error(`the stored schema ${record.digest} is damaged: its digest is ${digest}`);
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, schema));
  const desc = registry.getService(record.service);
  if (desc === undefined)
    throw new Error(`the schema ${record.digest} does not hold the service ${record.service}`);
  return { desc, registry, digest, worker: record.worker, version: record.version };
}
