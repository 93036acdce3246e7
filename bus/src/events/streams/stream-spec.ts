import type { EventContract } from '../contract/event-contract.ts';
import { allOf, retriesOfStream } from '../contract/event-subject.ts';
import type { StreamSettings } from '../contract/stream-settings.ts';

/** A stream as the contracts of all its events want it. */
export interface StreamSpec {
  readonly settings: StreamSettings;
  /** Full names of its events. */
  readonly events: readonly string[];
  readonly subjects: readonly string[];
}

/**
 * The streams of some events, in order of their names.
 *
 * @throws TypeError when contracts of different files disagree about a stream, or two events have one subject.
 */
export function streamSpecs(contracts: readonly EventContract[]): StreamSpec[] {
  const bases = new Map<string, string>();
  for (const { base, type } of contracts) {
    const other = bases.get(base);
    if (other !== undefined && other !== type)
      throw new TypeError(`${other} and ${type} have the same subject ${base}`);
    bases.set(base, type);
  }
  const byStream = Map.groupBy(contracts, ({ stream }) => stream.name);
  return [...byStream]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, events]) => streamSpec(name, events));
}

function streamSpec(name: string, contracts: readonly EventContract[]): StreamSpec {
  const [first, ...others] = contracts as readonly [EventContract, ...EventContract[]];
  for (const other of others) {
    for (const setting of Object.keys(first.stream) as (keyof StreamSettings)[]) {
      if (first.stream[setting] === other.stream[setting]) continue;
      throw new TypeError(
        `stream ${name}: ${setting} is ${first.stream[setting]} by ${first.type}, ${other.stream[setting]} by ${other.type}; say the same in both files, or name another stream`,
      );
    }
  }
  const events = [...new Set(contracts.map(({ type }) => type))].toSorted();
  const bases = [...new Set(contracts.map(({ base }) => base))].toSorted();
  return {
    settings: first.stream,
    events,
    subjects: [...bases.map(allOf), retriesOfStream(name)],
  };
}
