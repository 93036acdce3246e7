import { parseArgs } from 'node:util';
import { CONTESTANT_NAMES, checkContestant, EXPERIMENTS, experimentNamed } from './experiments/catalog.ts';
import type { Experiment } from './experiments/experiment.ts';

export interface BenchOptions {
  readonly experiments: readonly Experiment[];
  /** Times each measurement is repeated; what is reported is the median. Default 3. */
  readonly rounds: number;
  /** Length of a timed window. Default 2 000: shorter ones spread more between rounds than peers differ. */
  readonly windowMs: number;
  /** Unmeasured load before each window, so that hot code is compiled. Default 1 000. */
  readonly warmUpMs: number;
  /** Names of those to measure. Default: all of them. */
  readonly subjects: readonly string[];
  /** Only write the table again from the results there are. */
  readonly tableOnly: boolean;
}

export const USAGE = `usage: npm run bench -- [experiments] [options]
  experiments         of ${EXPERIMENTS.map((experiment) => experiment.name).join(', ')}; default all
  --only <names>      the same, as a list with commas
  --rounds <n>        repetitions, default 3
  --seconds <s>       length of a timed window, default 2
  --quick             one round of half a second: whether it works, not how fast it is
  --subjects <names>  of ${CONTESTANT_NAMES.join(', ')}; nothing is written unless all are measured
  --table             write RESULTS.md again from results.json, and measure nothing`;

/** @throws Error saying which argument cannot be used, and why. */
export function parseBenchOptions(args: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      only: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      subjects: { type: 'string' },
      table: { type: 'boolean', default: false },
    },
  });
  const rounds = positiveNumber('--rounds', values.rounds ?? (values.quick ? '1' : '3'));
  if (!Number.isInteger(rounds)) throw new Error(`--rounds must be a whole number, not ${rounds}`);
  const chosen = [...positionals, ...names(values.only ?? '')];
  return {
    experiments: chosen.length === 0 ? EXPERIMENTS : chosen.map(experimentNamed),
    rounds,
    windowMs: 1000 * positiveNumber('--seconds', values.seconds ?? (values.quick ? '0.5' : '2')),
    warmUpMs: values.quick ? 500 : 1000,
    subjects: values.subjects === undefined ? CONTESTANT_NAMES : names(values.subjects).map(checkContestant),
    tableOnly: values.table,
  };
}

function names(list: string): string[] {
  return list === '' ? [] : list.split(',').map((name) => name.trim());
}

function positiveNumber(option: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new Error(`${option} must be a number above 0, not "${text}"`);
}
