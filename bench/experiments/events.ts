import { EVENT_SUBJECTS } from '../events/event-side.ts';
import { measureEvents } from '../events/measure-events.ts';
import type { Load } from '../measure/measure-once.ts';
import type { EventsTask } from '../processes/messages.ts';
import { installedVersions } from '../results/installed-versions.ts';
import { type Case, type Contestant, cpuSumUs, type Experiment } from './experiment.ts';

/** Durable events of 256 bytes, stored in files by one node: awaited one by one, with a window, consumed, and passed on. */
const LOADS: readonly { readonly what: EventsTask['what']; readonly atOnce: number }[] = [
  { what: 'publish', atOnce: 1 },
  { what: 'publish', atOnce: 256 },
  { what: 'consume', atOnce: 1 },
  { what: 'latency', atOnce: 1 },
];

/** Publishing with a window, by its load; consuming each with its own acknowledgement. */
const GOALS: Readonly<Record<string, number>> = {
  'events-publish-256B-256': 1.8,
  'events-consume-256B-1': 1,
};

export const events: Experiment = {
  name: 'events',
  cases: LOADS.map(({ what, atOnce }) => eventsCase(what, { payloadBytes: 256, atOnce })),
  figure: (_load, { perSecond, latencyUs }) =>
    latencyUs === undefined
      ? { value: perSecond, unit: 'messages/s' }
      : { value: latencyUs.p50, unit: 'µs p50' },
  goal: (_peer, { id }) => GOALS[id] ?? null,
  comparedCpuUs: cpuSumUs,
  versions: () => installedVersions(['@nats-io/jetstream', '@nats-io/transport-node', '@bufbuild/protobuf']),
};

function eventsCase(what: EventsTask['what'], load: Load): Case {
  const contestants = EVENT_SUBJECTS.map(
    ({ name }): Contestant => ({
      name,
      measure: (settings) => measureEvents({ subject: name, what, load, ...settings }),
    }),
  );
  return { id: `events-${what}-${load.payloadBytes}B-${load.atOnce}`, load, contestants };
}
