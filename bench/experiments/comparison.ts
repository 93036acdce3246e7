import { median } from '../measure/statistics.ts';
import type { ResultRow, SideResult } from '../results/result-file.ts';
import { OURS } from '../subjects/catalog.ts';
import type { Experiment, Measurement } from './experiment.ts';

/** Medians over the rounds, per subject and load, in order of first measurement. */
export function sideResults(experiment: Experiment, measurements: readonly Measurement[]): SideResult[] {
  const groups = Map.groupBy(measurements, ({ subject, id }) => `${id} ${subject}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const samples = group.map(({ sample }) => sample);
    const figures = samples.map((sample) => experiment.figure(first.load, sample));
    const rounds = figures.map(({ value }) => value);
    return {
      id: first.id,
      subject: first.subject,
      value: median(rounds),
      unit: experiment.figure(first.load, first.sample).unit,
      rounds,
      cpuUs: {
        caller: median(samples.map(({ cpuUs }) => cpuUs.caller)),
        ...(first.sample.cpuUs.edge !== undefined && {
          edge: median(samples.map(({ cpuUs }) => cpuUs.edge ?? 0)),
        }),
        server: median(samples.map(({ cpuUs }) => cpuUs.server)),
        broker: median(samples.map(({ cpuUs }) => cpuUs.broker)),
      },
    };
  });
}

/** Busline against every peer, per load; nothing for a load that Busline was not measured under. */
export function comparisonRows(
  experiment: Experiment,
  sides: readonly SideResult[],
  commit: string,
): ResultRow[] {
  return sides.flatMap((theirs) => {
    const ours = sides.find((side) => side.subject === OURS && side.id === theirs.id);
    if (ours === undefined || theirs === ours) return [];
    return {
      id: theirs.id,
      peer: theirs.subject,
      ratio: ours.unit === 'µs p50' ? theirs.value / ours.value : ours.value / theirs.value,
      goal: experiment.goal(theirs.subject, ours),
      cpuRatio: experiment.comparedCpuUs(theirs.cpuUs) / experiment.comparedCpuUs(ours.cpuUs),
      ours: ours.value,
      theirs: theirs.value,
      unit: ours.unit,
      commit,
    };
  });
}
