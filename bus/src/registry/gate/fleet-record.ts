import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  type FleetContract,
  FleetContractSchema,
  ServiceFleetSchema,
} from '@busline/schemas/busline/registry/v1/registry';
import type { KV } from '@nats-io/kv';
import { fleetKey, isLostRace, readKey } from '../bucket.ts';

/** The contracts of a service's fleet as the registry has them, and the revision that a change must name. */
export interface FleetRecord {
  /** In the order in which a worker last joined with them. */
  readonly contracts: readonly FleetContract[];
  /** 0 before anybody joined. */
  readonly revision: number;
}

export async function readFleet(kv: KV, service: string): Promise<FleetRecord> {
  const entry = await readKey(kv, fleetKey(service));
  // `create`, by which such a fleet is written, takes a deleted one for none.
  if (entry === undefined) return { contracts: [], revision: 0 };
  return { contracts: fromBinary(ServiceFleetSchema, entry.value).contracts, revision: entry.revision };
}

/** Writes a fleet where it is still at `revision`; false when somebody else changed it meanwhile. */
export async function writeFleet(
  kv: KV,
  service: string,
  { contracts, revision }: FleetRecord,
): Promise<boolean> {
  const bytes = toBinary(
    ServiceFleetSchema,
    create(ServiceFleetSchema, { service, contracts: [...contracts] }),
  );
  try {
    if (revision === 0) await kv.create(fleetKey(service), bytes);
    else await kv.update(fleetKey(service), bytes, revision);
    return true;
  } catch (error) {
    if (isLostRace(error)) return false;
    throw error;
  }
}

/**
 * The fleet after a worker has joined: its contract stands last. Contracts that nobody serves are forgotten when they
 * break the new one, and all of them but the last when the new one was never announced before. So a rolled back version
 * stays known as long as it may come back, and does not stay for ever.
 *
 * @param forget digests that break the new contract and are served by nobody
 */
export function withJoined(
  contracts: readonly FleetContract[],
  joined: Pick<FleetContract, 'digest' | 'worker' | 'version'>,
  { isNew, served, forget }: JoinFacts,
): FleetContract[] {
  const last = contracts.at(-1);
  const kept = contracts.filter(
    (contract) =>
      contract.digest !== joined.digest &&
      !forget.has(contract.digest) &&
      (!isNew || contract === last || served.has(contract.digest)),
  );
  const { digest, worker, version } = joined;
  return [...kept, create(FleetContractSchema, { digest, worker, version })];
}

/** What `withJoined` goes by. */
export interface JoinFacts {
  /** Whether the contract was never announced before. */
  readonly isNew: boolean;
  readonly served: ReadonlySet<string>;
  readonly forget: ReadonlySet<string>;
}
