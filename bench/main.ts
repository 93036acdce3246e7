// npm run bench: measures Busline against its peers, and writes bench/results.json and bench/RESULTS.md.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { findNatsServer } from '@busline/infra/nats';
import { contestantNames } from './experiments/catalog.ts';
import { comparisonRows, sideResults } from './experiments/comparison.ts';
import type { Case, Experiment, Figure, Measurement, MeasureSettings } from './experiments/experiment.ts';
import { type BenchOptions, parseBenchOptions, USAGE } from './options.ts';
import { machineFacts } from './results/machine.ts';
import { type ResultFile, type RunFacts, resultsJson, withExperiment } from './results/result-file.ts';
import { resultsPage } from './results/results-page.ts';

const RESULTS_JSON = new URL('results.json', import.meta.url);
const RESULTS_PAGE = new URL('RESULTS.md', import.meta.url);

function readResults(): ResultFile {
  let text: string;
  try {
    text = readFileSync(RESULTS_JSON, 'utf8');
  } catch {
    return { runs: [], rows: [], sides: [] };
  }
  return JSON.parse(text);
}

function currentCommit(): string {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: new URL('.', import.meta.url), encoding: 'utf8' }).trim();
  const changes = git('status', '--porcelain', '--', ':/', ':!/bench/results.json', ':!/bench/RESULTS.md');
  return `${git('rev-parse', '--short=12', 'HEAD')}${changes === '' ? '' : '+'}`;
}

/** The experiment without those who cannot be measured, or shall not be. */
function casesOf({ cases }: Experiment, names: readonly string[]): Case[] {
  return cases
    .map((one) => ({ ...one, contestants: one.contestants.filter(({ name }) => names.includes(name)) }))
    .filter(({ contestants }) => contestants.length > 0);
}

async function measure(
  experiment: Experiment,
  cases: readonly Case[],
  settings: MeasureSettings & { readonly rounds: number },
): Promise<Measurement[]> {
  const { rounds } = settings;
  const measurements: Measurement[] = [];
  const total = rounds * cases.reduce((sum, { contestants }) => sum + contestants.length, 0);
  for (let round = 1; round <= rounds; round += 1) {
    for (const { id, load, contestants } of cases) {
      for (const { name, measure } of contestants) {
        const sample = await measure(settings);
        const measurement = { id, subject: name, load, sample };
        measurements.push(measurement);
        const figure = experiment.figure(load, sample);
        console.log(progressLine(`${measurements.length}/${total}`, measurement, figure));
      }
    }
  }
  return measurements;
}

function progressLine(at: string, { id, subject, sample }: Measurement, { value, unit }: Figure): string {
  const { caller, edge, server, broker } = sample.cpuUs;
  const cpu = [caller, edge, server, broker].flatMap((us) => us?.toFixed(2) ?? []).join(' + ');
  const measured = `${Math.round(value).toLocaleString('en-US')} ${unit}`;
  return `${at.padStart(7)}  ${id.padEnd(19)} ${subject.padEnd(14)} ${measured.padStart(16)}  CPU ${cpu} µs`;
}

async function main(options: BenchOptions): Promise<void> {
  if (options.tableOnly) {
    writeFileSync(RESULTS_PAGE, resultsPage(readResults()));
    return;
  }
  const natsServer = await findNatsServer({
    onProgress: ({ step, kind, text }) => {
      if (kind !== 'skipped') console.log(`nats-server: ${step}: ${text}`);
    },
  });
  const commit = currentCommit();
  const { rounds, warmUpMs, windowMs } = options;
  for (const experiment of options.experiments) {
    const names = contestantNames(experiment).filter((name) => options.subjects.includes(name));
    const missing = (await experiment.prepare?.(names, console.log)) ?? new Map<string, string>();
    for (const [name, reason] of missing) console.log(`${name} is not measured: ${reason}`);
    const cases = casesOf(
      experiment,
      names.filter((name) => !missing.has(name)),
    );
    const settings = { timing: { warmUpMs, windowMs }, natsServer, rounds };
    const sides = sideResults(experiment, await measure(experiment, cases, settings));
    const rows = comparisonRows(experiment, sides, commit);
    for (const row of rows) {
      const goal = row.goal === null ? '' : `goal ${row.goal}${row.ratio < row.goal ? ' MISSED' : ''}`;
      console.log(
        `${row.id.padEnd(19)} ${row.ratio.toFixed(2).padStart(6)} × ${row.peer.padEnd(14)} ${goal}`,
      );
    }
    if (names.length < contestantNames(experiment).length) {
      console.log('nothing is written: not every subject was measured');
      continue;
    }
    const versions = { 'nats-server': natsServer.version, ...experiment.versions() };
    const run: RunFacts = {
      experiment: experiment.name,
      date: new Date().toISOString().slice(0, 10),
      commit,
      rounds,
      warmUpMs,
      windowMs,
      machine: machineFacts(versions),
      ...(missing.size > 0 && {
        skipped: [...missing].map(([subject, reason]) => ({ subject, reason })),
      }),
    };
    const results = withExperiment(readResults(), { run, rows, sides });
    writeFileSync(RESULTS_JSON, resultsJson(results));
    writeFileSync(RESULTS_PAGE, resultsPage(results));
  }
}

let options: BenchOptions | undefined;
try {
  options = parseBenchOptions(process.argv.slice(2));
} catch (error) {
  console.error(`${error instanceof Error ? error.message : error}\n${USAGE}`);
  process.exitCode = 2;
}
if (options !== undefined) await main(options);
