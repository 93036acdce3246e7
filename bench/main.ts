// npm run bench: measures Busline against its peers, and writes bench/results.json and bench/RESULTS.md.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { findNatsServer } from '@busline/infra/nats';
import { comparisonRows, sideResults } from './experiments/comparison.ts';
import { type Experiment, type Figure, loadId, type Measurement } from './experiments/experiment.ts';
import { type MeasureOptions, measureOnce, type Sample } from './measure/measure-once.ts';
import { type BenchOptions, parseBenchOptions, USAGE } from './options.ts';
import { machineFacts } from './results/machine.ts';
import { type ResultFile, type RunFacts, resultsJson, withExperiment } from './results/result-file.ts';
import { resultsPage } from './results/results-page.ts';
import { SUBJECTS } from './subjects/catalog.ts';
import type { Subject } from './subjects/subject.ts';

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

async function measure(
  experiment: Experiment,
  options: BenchOptions,
  natsServer: MeasureOptions['natsServer'],
): Promise<Measurement[]> {
  const { rounds, warmUpMs, windowMs } = options;
  const subjects = options.subjects.filter((subject) => experiment.takes(subject));
  const measurements: Measurement[] = [];
  const total = rounds * experiment.loads.length * subjects.length;
  const settings = { experiment: experiment.name, timing: { warmUpMs, windowMs }, natsServer };
  for (let round = 1; round <= rounds; round += 1) {
    for (const load of experiment.loads) {
      for (const subject of subjects) {
        const sample = await measureOnce(subject, { ...settings, load });
        measurements.push({ subject: subject.name, load, sample });
        const done = {
          subject,
          id: loadId(experiment, load),
          sample,
          figure: experiment.figure(load, sample),
        };
        console.log(progressLine(`${measurements.length}/${total}`, done));
      }
    }
  }
  return measurements;
}

interface Progress {
  readonly subject: Subject;
  readonly id: string;
  readonly sample: Sample;
  readonly figure: Figure;
}

function progressLine(at: string, done: Progress): string {
  const { value, unit } = done.figure;
  const { caller, server, broker } = done.sample.cpuUs;
  const cpu = [caller, server, broker].map((us) => us.toFixed(2)).join(' + ');
  const measured = `${Math.round(value).toLocaleString('en-US')} ${unit}`;
  return `${at.padStart(7)}  ${done.id.padEnd(16)} ${done.subject.name.padEnd(14)} ${measured.padStart(16)}  CPU ${cpu} µs`;
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
  for (const experiment of options.experiments) {
    const sides = sideResults(experiment, await measure(experiment, options, natsServer));
    const rows = comparisonRows(experiment, sides, commit);
    for (const row of rows) {
      const goal = row.goal === null ? '' : `goal ${row.goal}${row.ratio < row.goal ? ' MISSED' : ''}`;
      console.log(
        `${row.id.padEnd(16)} ${row.ratio.toFixed(2).padStart(6)} × ${row.peer.padEnd(14)} ${goal}`,
      );
    }
    if (options.subjects.length < SUBJECTS.length) {
      console.log('nothing is written: not every subject was measured');
      continue;
    }
    const { rounds, warmUpMs, windowMs } = options;
    const date = new Date().toISOString().slice(0, 10);
    const machine = machineFacts(natsServer.version);
    const run: RunFacts = { experiment: experiment.name, date, commit, rounds, warmUpMs, windowMs, machine };
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
