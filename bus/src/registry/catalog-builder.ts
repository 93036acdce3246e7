import type { KV } from '@nats-io/kv';
import type { Logger } from '../connection/logger.ts';
import { readKey, schemaKey } from './bucket.ts';
import {
  type Catalog,
  type CatalogRecord,
  type CatalogService,
  catalogService,
  type RecordedService,
} from './catalog.ts';
import { agreeingVersions, type ServiceVersion, uniteContracts } from './union/unite-contracts.ts';

/** Makes catalogs of what the registry holds. What stays the same stays the same object. */
export interface CatalogBuilder {
  /** @param services records of each service, in the order in which workers last joined with them */
  build(kv: KV, services: ReadonlyMap<string, readonly CatalogRecord[]>): Promise<Catalog>;
}

export function createCatalogBuilder(log: Logger): CatalogBuilder {
  // Kept across changes: a schema never changes under its digest, and building one takes tens of milliseconds.
  const contracts = new Map<string, RecordedService>();
  const services = new Map<string, { readonly key: string; readonly service: CatalogService }>();

  const contractOf = async (kv: KV, record: CatalogRecord): Promise<RecordedService> => {
    const key = `${record.service} ${record.digest}`;
    let contract = contracts.get(key);
    if (contract === undefined) {
      const entry = await readKey(kv, schemaKey(record.digest));
      if (entry === undefined) throw new Error(`its schema ${record.digest} is not in the registry`);
      contract = catalogService(record, entry.value);
      contracts.set(key, contract);
    }
    return contract;
  };

  const versionsOf = async (kv: KV, records: readonly CatalogRecord[]): Promise<ServiceVersion[]> => {
    const versions: ServiceVersion[] = [];
    for (const record of records) {
      try {
        versions.push({ contract: await contractOf(kv, record), revision: record.revision });
      } catch (error) {
        const { service, digest } = record;
        log.error({ err: error, service, digest }, 'a contract is left out of the catalog');
      }
    }
    return versions;
  };

  const serviceOf = async (
    kv: KV,
    name: string,
    records: readonly CatalogRecord[],
  ): Promise<CatalogService | undefined> => {
    const key = records.map(({ digest, revision }) => `${digest} ${revision}`).join('\n');
    const known = services.get(name);
    if (known?.key === key) return known.service;
    const versions = await versionsOf(kv, records);
    if (versions.length === 0) return undefined;
    const agreeing = agreeingVersions(versions);
    if (agreeing.length < versions.length)
      log.warn({ service: name }, 'versions of the service contradict each other; the later one is served');
    const service = unite(agreeing, known?.service);
    // Not where something could not be read: the next look may find it.
    if (versions.length === records.length) services.set(name, { key, service });
    return service;
  };

  const unite = (versions: readonly ServiceVersion[], known: CatalogService | undefined): CatalogService => {
    try {
      const united = uniteContracts(versions);
      // A version that joins again changes the order of the records only.
      return united.digest === known?.digest ? known : united;
    } catch (error) {
      const newest = versions.at(-1)?.contract;
      if (newest === undefined) throw error;
      log.error(
        { err: error, service: newest.desc.typeName },
        'only the newest version of a service is served',
      );
      return newest;
    }
  };

  return {
    async build(kv, records) {
      const catalog = new Map<string, CatalogService>();
      for (const [name, ofService] of records) {
        const service = await serviceOf(kv, name, ofService);
        if (service !== undefined) catalog.set(name, service);
      }
      return { services: catalog };
    },
  };
}
