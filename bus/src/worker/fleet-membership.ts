import type { Connection } from '../connection/connection.ts';
import { type Announcement, announce } from '../registry/announce.ts';
import { inRegistry, openRegistryBucket } from '../registry/bucket.ts';
import type { ContractGate } from '../registry/gate/contract-gate.ts';
import { createFleetEntry } from '../registry/gate/join-fleet.ts';
import type { ContractBreak } from '../registry/gate/judge.ts';
import { breakText, contractBroken } from '../registry/gate/refusal.ts';
import type { SubscriptionRefusals } from './subscription-refusals.ts';

/** A worker's place in the fleets of its services. */
export interface FleetMembership {
  /** What it broke by joining; only where the gate is `warn`. */
  readonly breaks: readonly ContractBreak[];
  /** Tells readers of the registry of the services. Not before their calls arrive. */
  announce(): Promise<void>;
  /** Gives up the subscriptions that tell the broker which contracts are served. */
  leave(): void;
}

export interface MembershipOptions {
  readonly worker: string;
  readonly contracts: readonly Announcement[];
  readonly gate: ContractGate;
  readonly refusals: SubscriptionRefusals;
}

/**
 * Takes a worker through the contract gate (docs/lifecycle.md): compares its contracts with those of the fleet and
 * joins with all of them or with none. Joins again after each reconnect, to a broker that may be a new one; then it
 * serves already, so that what breaks is logged and no more.
 *
 * A bucket that was just made has no leader for a moment in a cluster, so that each step is tried again through elections.
 *
 * @throws ConnectError CONTRACT_BROKEN (FAILED_PRECONDITION) with every breaking change; NOT_PERMITTED;
 * MESSAGE_TOO_LARGE; JETSTREAM_OFF; UNAVAILABLE when JetStream does not answer.
 */
export async function joinFleets(
  connection: Connection,
  options: MembershipOptions,
): Promise<FleetMembership> {
  const { worker, contracts, gate, refusals } = options;
  const presences = contracts.map(({ service, schema }) =>
    connection.subscribe(connection.subjects.contract(service, schema.digest), () => {}),
  );
  const leave = (): void => {
    stopListening();
    for (const presence of presences) presence.unsubscribe();
  };
  const rejoin = async (): Promise<void> => {
    const again = await openRegistryBucket(connection);
    for (const contract of contracts) {
      const entry = createFleetEntry({
        connection,
        kv: again,
        contract,
        gate: gate === 'off' ? 'off' : 'warn',
      });
      for (const found of await inRegistry(connection, () => entry.join()))
        connection.log.error(
          { worker, breaks: breakText(found) },
          'while this worker was cut off, another joined whose contract contradicts its own',
        );
    }
    await inRegistry(connection, () => announce(again, contracts));
  };
  const stopListening = connection.onStateChange((state) => {
    if (state !== 'connected') return;
    rejoin().catch((error) =>
      connection.log.error({ err: error, worker }, 'the contracts could not be announced again'),
    );
  });

  try {
    // With the broker before the fleet is read: a worker that comes at the same time must find this one.
    await connection.flush();
    refusals.check();
    const kv = await openRegistryBucket(connection);
    const entries = contracts.map((contract) => createFleetEntry({ connection, kv, contract, gate }));
    if (gate === 'refuse' && entries.length > 1) {
      const breaks = (
        await inRegistry(connection, () => Promise.all(entries.map((entry) => entry.review())))
      ).flat();
      if (breaks.length > 0) throw contractBroken(worker, breaks);
    }
    const breaks: ContractBreak[] = [];
    for (const entry of entries) breaks.push(...(await inRegistry(connection, () => entry.join())));
    for (const found of breaks)
      connection.log.warn(
        { worker, breaks: breakText(found) },
        'the worker joins although its contract breaks the one of its fleet',
      );
    return { breaks, announce: () => inRegistry(connection, () => announce(kv, contracts)), leave };
  } catch (error) {
    leave();
    throw error;
  }
}
