import { setTimeout as delay } from 'node:timers/promises';
import type { KV } from '@nats-io/kv';
import type { Connection } from '../../connection/connection.ts';
import { type Announcement, storeSchema } from '../announce.ts';
import type { ContractGate } from './contract-gate.ts';
import { createFleetMembers } from './fleet-members.ts';
import { readFleet, withJoined, writeFleet } from './fleet-record.ts';
import { type ContractBreak, judge, type VersionedContract } from './judge.ts';
import { servedContracts } from './presence.ts';
import { contractBroken } from './refusal.ts';

/**
 * How long a contract that the worker would break must be without any instance before it counts as gone, in
 * milliseconds. After a restart of the broker every client is back within one: it tries every 250 to 500 ms.
 */
const goneAfterMs = 2_000;
const lookAgainMs = 100;

export interface JoinOptions {
  readonly connection: Connection;
  readonly kv: KV;
  readonly contract: Announcement;
  readonly gate: ContractGate;
}

/**
 * Joins the fleet of a service with a contract, or only asks what it would break. The record of the fleet is changed by
 * compare-and-set and judged anew after each lost race, so that of two contradicting contracts that come at the same
 * time the second to be written finds the first.
 */
export interface FleetEntry {
  /** What joining breaks. */
  review(): Promise<readonly ContractBreak[]>;
  /**
   * Joins; resolves with what that breaks, for the gate `warn`.
   *
   * @throws ConnectError CONTRACT_BROKEN where the gate is `refuse` and something breaks.
   */
  join(): Promise<readonly ContractBreak[]>;
}

export function createFleetEntry(options: JoinOptions): FleetEntry {
  const { connection, kv, contract, gate } = options;
  const { service, schema, worker, version } = contract;
  const members = createFleetMembers(kv, service, connection.log);

  /** One look at the fleet. */
  const look = async () => {
    const record = await readFleet(kv, service);
    const others = record.contracts.filter(({ digest }) => digest !== schema.digest);
    const own = await members.announced(schema.digest);
    const served = await servedContracts(
      connection,
      service,
      others.map(({ digest }) => digest),
    );
    const compared = gate === 'off' ? [] : await members.read(others, served);
    const candidate: VersionedContract = {
      desc: contract.desc,
      digest: schema.digest,
      worker,
      version,
      announced: own,
    };
    return { record, served, isNew: own === undefined, ...judge(candidate, compared) };
  };

  /** As `look`, but a contract that would be broken is not taken for gone before it has been for a while. */
  const lookPatiently = async () => {
    const giveUpAtMs = performance.now() + goneAfterMs;
    for (;;) {
      const seen = await look();
      const sure = seen.breaks.length > 0 || seen.gone.length === 0 || gate !== 'refuse';
      if (sure || performance.now() >= giveUpAtMs) return seen;
      await delay(lookAgainMs);
    }
  };

  return {
    async review() {
      return (await lookPatiently()).breaks;
    },
    async join() {
      await storeSchema(kv, connection, contract);
      for (;;) {
        // Nobody has joined with another contract since somebody did with this one.
        const fleet = await readFleet(kv, service);
        if (fleet.contracts.at(-1)?.digest === schema.digest) return [];
        const { record, served, isNew, breaks, gone } = await lookPatiently();
        if (gate === 'refuse' && breaks.length > 0) throw contractBroken(worker, breaks);
        const forget = new Set(gone.map(({ member }) => member.digest));
        const joined = { digest: schema.digest, worker, version };
        const contracts = withJoined(record.contracts, joined, { isNew, served, forget });
        if (await writeFleet(kv, service, { contracts, revision: record.revision })) return breaks;
      }
    },
  };
}
