import type { DescService } from '@bufbuild/protobuf';
import type { FleetContract } from '@busline/schemas/busline/registry/v1/registry';
import type { KV } from '@nats-io/kv';
import type { Logger } from '../../connection/logger.ts';
import { readKey, schemaKey, serviceKey } from '../bucket.ts';
import { catalogService } from '../catalog.ts';
import type { FleetMember } from './judge.ts';

/** Makes of a fleet's record what a contract can be compared with. */
export interface FleetMembers {
  /** Place of a contract in the registry's order of first announcements; undefined before that. */
  announced(digest: string): Promise<number | undefined>;
  /** @param served digests of the contracts that somebody serves by */
  read(contracts: readonly FleetContract[], served: ReadonlySet<string>): Promise<FleetMember[]>;
}

export function createFleetMembers(kv: KV, service: string, log: Logger): FleetMembers {
  // A schema never changes under its digest, and the fleet may be looked at many times.
  const descriptors = new Map<string, DescService>();

  const announced = async (digest: string): Promise<number | undefined> =>
    (await readKey(kv, serviceKey(service, digest)))?.revision;

  const descriptorOf = async (digest: string): Promise<DescService | undefined> => {
    const known = descriptors.get(digest);
    if (known !== undefined) return known;
    const stored = await readKey(kv, schemaKey(digest));
    try {
      if (stored === undefined) throw new Error(`the schema ${digest} is not in the registry`);
      const record = { service, digest, worker: '', version: '', revision: 0 };
      const { desc } = catalogService(record, stored.value);
      descriptors.set(digest, desc);
      return desc;
    } catch (error) {
      // Nothing to compare with: a registry that somebody damaged must not keep a fleet from being mended.
      log.error({ err: error, service }, 'a contract of the fleet cannot be read and is passed over');
      return undefined;
    }
  };

  return {
    announced,
    async read(contracts, served) {
      const members = await Promise.all(
        contracts.map(async ({ digest, worker, version }): Promise<FleetMember[]> => {
          const desc = await descriptorOf(digest);
          if (desc === undefined) return [];
          const alive = served.has(digest);
          return [{ desc, digest, worker, version, announced: await announced(digest), alive }];
        }),
      );
      return members.flat();
    },
  };
}
