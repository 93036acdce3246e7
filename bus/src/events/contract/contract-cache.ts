import type { DescMessage } from '@bufbuild/protobuf';
import type { Connection } from '../../connection/connection.ts';
import { findEvent } from './event-registry.ts';

/** Finds the contract of an event by its full name; undefined when it was never announced. */
export type ContractLookup = (type: string) => Promise<DescMessage | undefined>;

/** How long a contract is taken as it was found, in milliseconds: as late as a new version may be noticed. */
const keepMs = 1_000;

interface Found {
  readonly untilMs: number;
  readonly schema: Promise<DescMessage | undefined>;
}

/** Remembers for a short while what was looked up in the registry: what is read at once is mostly of one type. */
export function createContractCache(connection: Connection): ContractLookup {
  const cache = new Map<string, Found>();
  return (type) => {
    const nowMs = performance.now();
    const known = cache.get(type);
    if (known !== undefined && known.untilMs > nowMs) return known.schema;
    for (const [name, { untilMs }] of cache) if (untilMs <= nowMs) cache.delete(name);
    const schema = isName(type) ? findEvent(connection, type) : Promise.resolve(undefined);
    cache.set(type, { untilMs: nowMs + keepMs, schema });
    // What failed is asked again by whoever comes next.
    schema.catch(() => {
      if (cache.get(type)?.schema === schema) cache.delete(type);
    });
    return schema;
  };
}

/** Whether this can be the full name of a message: what stands in a header may be anything. */
function isName(type: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$/.test(type);
}
