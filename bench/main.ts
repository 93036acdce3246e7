// npm run bench: measures Busline against its peers, and writes bench/results.json and bench/RESULTS.md.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { findNatsServer } from '@busline/infra/nats';
import { type MeasureOptions, measureOnce, type Sample } from './measure/measure-once.ts';
import { type BenchOptions, parseBenchOptions, USAGE } from './options.ts';
import { machineFacts } from './results/machine.ts';
import { type ResultFile, type RunFacts, resultsJson, withExperiment } from './results/result-file.ts';
import { resultsPage } from './results/results-page.ts';
import { SUBJECTS } from './subjects/catalog.ts';
import type { Subject } from './subjects/subject.ts';
import { comparisonRows, figure, loadId, type Measurement, sideResults, UNARY_LOADS } from './unary.ts';

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

async function measureUnary(
  options: BenchOptions,
  natsServer: MeasureOptions['natsServer'],
): Promise<Measurement[]> {
  const { subjects, rounds, warmUpMs, windowMs } = options;
  const measurements: Measurement[] = [];
  const total = rounds * UNARY_LOADS.length * subjects.length;
  for (let round = 1; round <= rounds; round += 1) {
    for (const load of UNARY_LOADS) {
      for (const subject of subjects) {
        const sample = await measureOnce(subject, { load, timing: { warmUpMs, windowMs }, natsServer });
        measurements.push({ subject: subject.name, load, sample });
        console.log(progressLine(`${measurements.length}/${total}`, { subject, id: loadId(load), sample }));
      }
    }
  }
  return measurements;
}

function progressLine(at: string, done: { subject: Subject; id: string; sample: Sample }): string {
  const { value, unit } = figure(done.sample);
  const { caller, server, broker } = done.sample.cpuUs;
  const cpu = [caller, server, broker].map((us) => us.toFixed(1)).join(' + ');
  const measured = `${Math.round(value).toLocaleString('en-US')} ${unit}`;
  return `${at.padStart(7)}  ${done.id.padEnd(15)} ${done.subject.name.padEnd(14)} ${measured.padStart(16)}  CPU ${cpu} µs`;
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
    const sides = sideResults(await measureUnary(options, natsServer));
    const rows = comparisonRows(sides, commit);
    for (const row of rows) {
      const goal = row.goal === null ? '' : `goal ${row.goal}${row.ratio < row.goal ? ' MISSED' : ''}`;
      console.log(
        `${row.id.padEnd(15)} ${row.ratio.toFixed(2).padStart(6)} × ${row.peer.padEnd(14)} ${goal}`,
      );
    }
    if (options.subjects.length < SUBJECTS.length) {
      console.log('nothing is written: not every subject was measured');
      continue;
    }
    const { rounds, warmUpMs, windowMs } = options;
    const date = new Date().toISOString().slice(0, 10);
    const machine = machineFacts(natsServer.version);
    const run: RunFacts = { experiment, date, commit, rounds, warmUpMs, windowMs, machine };
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
