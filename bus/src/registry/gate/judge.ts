import type { DescService } from '@bufbuild/protobuf';
import type { BreakingChange } from '../compatibility/breaking-change.ts';
import { breakingChanges } from '../compatibility/breaking-changes.ts';
import { isLowerVersion } from './version-order.ts';

/** A contract, and who brought it. */
export interface VersionedContract {
  readonly desc: DescService;
  readonly digest: string;
  readonly worker: string;
  readonly version: string;
  /** Place in the registry's order of first announcements; undefined before that. */
  readonly announced: number | undefined;
}

/** A contract of the fleet. */
export interface FleetMember extends VersionedContract {
  /** Whether an instance serves by it now. */
  readonly alive: boolean;
}

/** What a worker would break by joining. */
export interface ContractBreak {
  readonly service: string;
  /** The contract it breaks, by the worker that joined with it. */
  readonly member: { readonly worker: string; readonly version: string; readonly digest: string };
  /** Whether an instance serves by that contract, or it is that of the last one there was. */
  readonly standing: 'runs' | 'ran last';
  /** From that contract to the worker's. */
  readonly changes: readonly BreakingChange[];
}

export interface Judgement {
  /** Breaks of contracts that count: those that are served now, or, where none is, the last that was. */
  readonly breaks: readonly ContractBreak[];
  /** Breaks of contracts that nobody seems to serve any more. */
  readonly gone: readonly ContractBreak[];
}

/**
 * Compares a contract with those of its fleet. The step from each of them to the new one must break nothing, or, for a
 * version that comes back, the step that was made from it before: what an older version lacks it has not dropped.
 *
 * @param members in the order in which a worker last joined with them, the candidate's own contract left out
 */
export function judge(candidate: VersionedContract, members: readonly FleetMember[]): Judgement {
  const last = members.findLast(({ announced }) => announced !== undefined);
  const deserted = members.every(({ alive }) => !alive);
  const breaks: ContractBreak[] = [];
  const gone: ContractBreak[] = [];
  for (const member of members) {
    const found = compare(candidate, member);
    if (found.changes.length === 0) continue;
    const counts = member.alive || (deserted && member === last);
    (counts ? breaks : gone).push(found);
  }
  return { breaks, gone };
}

/** Whether `a` came before `b`: by the registry, and where it does not know yet, by the versions of the same worker. */
export function isOlder(a: VersionedContract, b: VersionedContract): boolean {
  if (a.announced !== undefined) return b.announced === undefined || a.announced < b.announced;
  return a.worker === b.worker && isLowerVersion(a.version, b.version);
}

function compare(candidate: VersionedContract, member: FleetMember): ContractBreak {
  const { worker, version, digest, alive } = member;
  const changes = breakingChanges(member.desc, candidate.desc);
  const comesBack =
    changes.length > 0 &&
    isOlder(candidate, member) &&
    breakingChanges(candidate.desc, member.desc).length === 0;
  return {
    service: candidate.desc.typeName,
    member: { worker, version, digest },
    standing: alive ? 'runs' : 'ran last',
    changes: comesBack ? [] : changes,
  };
}
