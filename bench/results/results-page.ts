import { subjectNamed } from '../subjects/catalog.ts';
import type { ResultFile, ResultRow, RunFacts, SideResult } from './result-file.ts';

const HEAD = `# Benchmarks

Written by \`npm run bench\` from [results.json](results.json); \`npm run bench -- --table\` writes it again. Do not edit.

Each measurement runs its caller, its server and, where there is one, its broker in fresh processes on one machine.
Subjects take turns within a round, and a figure is the median over the rounds. CPU is user and system time of all
processes together, per call, or per message of a stream. A ratio says how many times better Busline is: 1 is equal, more
is better. With one unary call in flight it compares the median latency, otherwise calls per second. A stream runs from
the server to the caller as fast as the caller takes it; small messages are compared by their number, messages of 64 KiB
by their bytes (1 MB is 10⁶). Compare within a table; absolute figures belong to the machine they were measured on. Rows
that miss their goal stay here, marked **missed**.
`;

/** The text of bench/RESULTS.md. */
export function resultsPage(file: ResultFile): string {
  const sections = file.runs.map((run) => {
    const belongs = ({ id }: { readonly id: string }): boolean => id.startsWith(`${run.experiment}-`);
    return [
      `## ${run.experiment}`,
      runLine(run),
      rowTable(file.rows.filter(belongs)),
      '### Every side',
      sideTable(file.sides.filter(belongs)),
    ].join('\n\n');
  });
  return `${[HEAD, ...sections].join('\n')}\n`;
}

function runLine({ date, commit, rounds, warmUpMs, windowMs, machine }: RunFacts): string {
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  return [
    `Measured ${date} at commit ${commit}: ${rounds} round${rounds === 1 ? '' : 's'}, windows of ${windowMs / 1000} s`,
    `after ${warmUpMs / 1000} s of warm-up, on ${machine.cores} cores of ${machine.cpu}, ${machine.memoryGiB} GiB,`,
    `${machine.os}, Node ${machine.node}, ${versions.join(', ')}.`,
  ].join('\n');
}

function rowTable(rows: readonly ResultRow[]): string {
  return table(
    ['load', 'against', 'ours', 'theirs', 'unit', 'ratio', 'goal', 'CPU ratio'],
    rows.map((row) => [
      loadTitle(row.id),
      subjectNamed(row.peer).title,
      count(row.ours),
      count(row.theirs),
      row.unit,
      row.goal !== null && row.ratio < row.goal ? `${ratio(row.ratio)} **missed**` : ratio(row.ratio),
      row.goal === null ? '' : `≥ ${row.goal}`,
      ratio(row.cpuRatio),
    ]),
  );
}

function sideTable(sides: readonly SideResult[]): string {
  return table(
    ['load', 'subject', 'median', 'unit', 'rounds', 'caller µs', 'server µs', 'broker µs', 'sum µs'],
    sides.map(({ id, subject, value, unit, rounds, cpuUs }) => [
      loadTitle(id),
      subjectNamed(subject).title,
      count(value),
      unit,
      rounds.map(count).join(', '),
      ...[cpuUs.caller, cpuUs.server, cpuUs.broker].map(microseconds),
      microseconds(cpuUs.caller + cpuUs.server + cpuUs.broker),
    ]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

function loadTitle(id: string): string {
  const [experiment, payload = '', atOnce = ''] = id.split('-');
  const size = payload === '65536B' ? '64 KiB' : payload.replace('B', ' B');
  return experiment === 'streams'
    ? `${size}, ${atOnce} stream${atOnce === '1' ? '' : 's'}`
    : `${size}, ${atOnce} in flight`;
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** A small message of a stream costs a fraction of a microsecond. */
function microseconds(value: number): string {
  return value.toFixed(value > 0 && value < 2 ? 2 : 1);
}

function ratio(value: number): string {
  return value.toFixed(2);
}
