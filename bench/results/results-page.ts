import type { ResultFile, ResultRow, RunFacts, SideResult } from './result-file.ts';
import { subjectTitle } from './subject-title.ts';

const HEAD = `# Benchmarks

Written by \`npm run bench\` from [results.json](results.json); \`npm run bench -- --table\` writes it again. Do not edit.

Each measurement runs its caller, its server and, where there is one, its broker in fresh processes on one machine.
Subjects take turns within a round, and a figure is the median over the rounds. CPU is user and system time of all
processes together, per call, or per message of a stream. A ratio says how many times better Busline is: 1 is equal, more
is better. With one unary call, or one event, in flight it compares the median latency, otherwise calls per second. A stream runs from
the server to the caller as fast as the caller takes it; small messages are compared by their number, messages of 64 KiB
by their bytes (1 MB is 10⁶). Under edge, HTTP clients send a note and get it back: as JSON or as protobuf on 64
connections that stay open, by gRPC on one. Every side has an edge process and, unless its title says that it answers
itself, a worker process; CPU is that of the side, without the load generator, which is shown apart. Under events, one
process publishes to, or consumes from, a stream in files, each event acknowledged. Under telemetry, all sides are
Busline, and differ in what their processes tell of themselves. Compare within a table; absolute figures belong to the machine they were measured on. Rows that miss their goal stay here, marked
**missed**.
`;

/** The text of bench/RESULTS.md. */
export function resultsPage(file: ResultFile): string {
  const sections = file.runs.map((run) => {
    const belongs = ({ id }: { readonly id: string }): boolean => id.startsWith(`${run.experiment}-`);
    return [
      `## ${run.experiment}`,
      runLine(run),
      ...(run.skipped ?? []).map(
        ({ subject, reason }) => `Not measured: ${subjectTitle(run.experiment, subject)}. ${oneLine(reason)}`,
      ),
      rowTable(run.experiment, file.rows.filter(belongs)),
      '### Every side',
      run.experiment === 'edge'
        ? edgeSideTable(file.sides.filter(belongs))
        : sideTable(run.experiment, file.sides.filter(belongs)),
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

function rowTable(experiment: string, rows: readonly ResultRow[]): string {
  return table(
    ['load', 'against', 'ours', 'theirs', 'unit', 'ratio', 'goal', 'CPU ratio'],
    rows.map((row) => [
      loadTitle(row.id),
      subjectTitle(experiment, row.peer),
      count(row.ours),
      count(row.theirs),
      row.unit,
      row.goal !== null && row.ratio < row.goal ? `${ratio(row.ratio)} **missed**` : ratio(row.ratio),
      row.goal === null ? '' : `≥ ${row.goal}`,
      ratio(row.cpuRatio),
    ]),
  );
}

function sideTable(experiment: string, sides: readonly SideResult[]): string {
  return table(
    [...SIDE_HEAD, 'caller µs', 'server µs', 'broker µs', 'sum µs'],
    sides.map((side) => {
      const { caller, server, broker } = side.cpuUs;
      const shares = [caller, server, broker, caller + server + broker];
      return [...sideCells(experiment, side), ...shares.map(microseconds)];
    }),
  );
}

/** Edge, worker and broker make up the sum; the load generator stands apart. */
function edgeSideTable(sides: readonly SideResult[]): string {
  return table(
    [...SIDE_HEAD, 'edge µs', 'worker µs', 'broker µs', 'sum µs', 'load µs'],
    sides.map((side) => {
      const { caller, edge = 0, server, broker } = side.cpuUs;
      const shares = [edge, server, broker, edge + server + broker, caller];
      return [...sideCells('edge', side), ...shares.map(microseconds)];
    }),
  );
}

const SIDE_HEAD = ['load', 'subject', 'median', 'unit', 'rounds'];

function sideCells(experiment: string, { id, subject, value, unit, rounds }: SideResult): string[] {
  const title = subjectTitle(experiment, subject);
  return [loadTitle(id), title, count(value), unit, rounds.map(count).join(', ')];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

const FORMAT_TITLES: Readonly<Record<string, string>> = {
  json: 'JSON',
  proto: 'protobuf',
  grpc: 'gRPC',
  publish: 'publish',
  consume: 'consume',
  latency: 'from publisher to handler',
};

function loadTitle(id: string): string {
  const [experiment, ...parts] = id.split('-');
  const [payload = '', atOnce = ''] = parts.slice(-2);
  const size = payload === '65536B' ? '64 KiB' : payload.replace('B', ' B');
  if (experiment === 'streams') return `${size}, ${atOnce} stream${atOnce === '1' ? '' : 's'}`;
  const format = FORMAT_TITLES[parts[0] ?? ''];
  return `${format === undefined ? '' : `${format}, `}${size}, ${atOnce} in flight`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
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
