import type { CpuShares } from '../measure/sample.ts';

/** One comparison: Busline against one peer under one load. */
export interface ResultRow {
  /** Experiment and load: `unary-32B-64` is 32-byte payloads, 64 calls in flight; `streams-32B-1` one stream of such messages; `edge-json-32B-64` HTTP requests in that format. */
  readonly id: string;
  readonly peer: string;
  /** How many times better Busline is, so that 1 is equal and more is better, whatever the unit. */
  readonly ratio: number;
  /** The ratio we promise, or null where nothing is promised. */
  readonly goal: number | null;
  /** CPU time per call or message, the peer's over Busline's, of all processes; for HTTP, of all but the load's. More is better. */
  readonly cpuRatio: number;
  readonly ours: number;
  readonly theirs: number;
  readonly unit: 'calls/s' | 'µs p50' | 'messages/s' | 'MB/s';
  /** What was measured; ends in `+` where the working tree had changes. */
  readonly commit: string;
}

/** What one subject reached under one load. */
export interface SideResult {
  readonly id: string;
  readonly subject: string;
  readonly value: number;
  readonly unit: ResultRow['unit'];
  /** `value` of each round; `value` is their median. */
  readonly rounds: readonly number[];
  /** CPU time per call or message of each process, in microseconds; medians over the rounds. */
  readonly cpuUs: CpuShares;
}

/** Where, when and how an experiment was last measured. All of its rows come from this one run. */
export interface RunFacts {
  readonly experiment: string;
  readonly date: string;
  readonly commit: string;
  readonly rounds: number;
  readonly warmUpMs: number;
  readonly windowMs: number;
  readonly machine: MachineFacts;
  /** Who could not be measured there, and why. */
  readonly skipped?: readonly Skipped[];
}

export interface Skipped {
  readonly subject: string;
  readonly reason: string;
}

export interface MachineFacts {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly os: string;
  readonly node: string;
  /** Versions of what took part: `nats-server`, and packages by name. */
  readonly versions: Readonly<Record<string, string>>;
}

/** bench/results.json. */
export interface ResultFile {
  readonly runs: readonly RunFacts[];
  readonly rows: readonly ResultRow[];
  readonly sides: readonly SideResult[];
}

/** Results of one run. */
export interface ExperimentResult {
  readonly run: RunFacts;
  readonly rows: readonly ResultRow[];
  readonly sides: readonly SideResult[];
}

/** `file` with the results of `result`'s experiment replaced by it; those of others stay. */
export function withExperiment(file: ResultFile, result: ExperimentResult): ResultFile {
  const { experiment } = result.run;
  const isOther = ({ id }: { readonly id: string }): boolean => !id.startsWith(`${experiment}-`);
  return {
    runs: [...file.runs.filter((run) => run.experiment !== experiment), result.run],
    rows: [...file.rows.filter(isOther), ...result.rows],
    sides: [...file.sides.filter(isOther), ...result.sides],
  };
}

/** The text of bench/results.json: figures to four digits or to the unit, and each list of figures on one line. */
export function resultsJson(file: ResultFile): string {
  const rounded = (_key: string, value: unknown): unknown =>
    typeof value === 'number' && !Number.isInteger(value)
      ? Number(value < 1000 ? value.toPrecision(4) : value.toFixed(0))
      : value;
  const text = JSON.stringify(file, rounded, 2);
  const lists = /\[\s+([\d.]+(?:,\s+[\d.]+)*)\s+\]/g;
  return `${text.replaceAll(lists, (_list, figures: string) => `[${figures.replaceAll(/\s+/g, ' ')}]`)}\n`;
}
