import type { Experiment } from './experiment.ts';
import { streams } from './streams.ts';
import { unary } from './unary.ts';

/** What there is to measure; `--only` selects. */
export const EXPERIMENTS: readonly Experiment[] = [unary, streams];

/** @throws Error naming the experiments there are. */
export function experimentNamed(name: string): Experiment {
  const experiment = EXPERIMENTS.find((candidate) => candidate.name === name);
  if (experiment !== undefined) return experiment;
  const known = EXPERIMENTS.map((candidate) => candidate.name).join(', ');
  throw new Error(`nothing to measure is called "${name}"; there is ${known}`);
}
