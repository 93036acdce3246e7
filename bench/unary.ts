import type { Load, Sample } from './measure/measure-once.ts';
import { median } from './measure/statistics.ts';
import type { ResultRow, SideResult } from './results/result-file.ts';
import { OURS } from './subjects/catalog.ts';

/** Loads of the unary experiment: a small and a middling message; one caller that waits, and two that keep busy. */
export const UNARY_LOADS: readonly Load[] = [32, 1024].flatMap((payloadBytes) =>
  [1, 64, 256].map((inFlight) => ({ payloadBytes, inFlight })),
);

/** Ratios we promise, by peer: with one call in flight, and with many. */
const GOALS: Readonly<Record<string, { readonly one: number | null; readonly many: number | null }>> = {
  'nats-request': { one: 1, many: 2.5 },
  'grpc-js': { one: null, many: 12 },
};

export interface Measurement {
  readonly subject: string;
  readonly load: Load;
  readonly sample: Sample;
}

export function loadId({ payloadBytes, inFlight }: Load): string {
  return `unary-${payloadBytes}B-${inFlight}`;
}

/** The figure a load is judged by: latency where one call is in flight, throughput otherwise. */
export function figure(sample: Sample): Pick<SideResult, 'value' | 'unit'> {
  return sample.latencyUs === undefined
    ? { value: sample.callsPerSecond, unit: 'calls/s' }
    : { value: sample.latencyUs.p50, unit: 'µs p50' };
}

/** Medians over the rounds, per subject and load, in order of first measurement. */
export function sideResults(measurements: readonly Measurement[]): SideResult[] {
  const groups = Map.groupBy(measurements, ({ subject, load }) => `${loadId(load)} ${subject}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const samples = group.map(({ sample }) => sample);
    const rounds = samples.map((sample) => figure(sample).value);
    return {
      id: loadId(first.load),
      subject: first.subject,
      value: median(rounds),
      unit: figure(first.sample).unit,
      rounds,
      cpuUs: {
        caller: median(samples.map(({ cpuUs }) => cpuUs.caller)),
        server: median(samples.map(({ cpuUs }) => cpuUs.server)),
        broker: median(samples.map(({ cpuUs }) => cpuUs.broker)),
      },
    };
  });
}

/** Busline against every peer, per load; nothing for a load that Busline was not measured under. */
export function comparisonRows(sides: readonly SideResult[], commit: string): ResultRow[] {
  return sides.flatMap((theirs) => {
    const ours = sides.find((side) => side.subject === OURS && side.id === theirs.id);
    if (ours === undefined || theirs === ours) return [];
    const isLatency = ours.unit === 'µs p50';
    return {
      id: theirs.id,
      peer: theirs.subject,
      ratio: isLatency ? theirs.value / ours.value : ours.value / theirs.value,
      goal: GOALS[theirs.subject]?.[isLatency ? 'one' : 'many'] ?? null,
      cpuRatio: cpuSum(theirs) / cpuSum(ours),
      ours: ours.value,
      theirs: theirs.value,
      unit: ours.unit,
      commit,
    };
  });
}

function cpuSum({ cpuUs }: SideResult): number {
  return cpuUs.caller + cpuUs.server + cpuUs.broker;
}
