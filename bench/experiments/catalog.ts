import { edge } from './edge.ts';
import { events } from './events.ts';
import type { Experiment } from './experiment.ts';
import { streams } from './streams.ts';
import { telemetry } from './telemetry.ts';
import { unary } from './unary.ts';

/** What there is to measure; `--only` selects. */
export const EXPERIMENTS: readonly Experiment[] = [unary, streams, edge, events, telemetry];

/** @throws Error naming the experiments there are. */
export function experimentNamed(name: string): Experiment {
  const experiment = EXPERIMENTS.find((candidate) => candidate.name === name);
  if (experiment !== undefined) return experiment;
  const known = EXPERIMENTS.map((candidate) => candidate.name).join(', ');
  throw new Error(`nothing to measure is called "${name}"; there is ${known}`);
}

/** Everybody who takes part in some experiment. */
export const CONTESTANT_NAMES: readonly string[] = [...new Set(EXPERIMENTS.flatMap(contestantNames))];

/** Who takes part in an experiment, in order of measurement. */
export function contestantNames({ cases }: Experiment): string[] {
  return [...new Set(cases.flatMap(({ contestants }) => contestants.map(({ name }) => name)))];
}

/** @throws Error naming those who take part in some experiment. */
export function checkContestant(name: string): string {
  if (CONTESTANT_NAMES.includes(name)) return name;
  throw new Error(`no subject called "${name}"; the subjects are ${CONTESTANT_NAMES.join(', ')}`);
}
