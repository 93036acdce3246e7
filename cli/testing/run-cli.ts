import { Readable } from 'node:stream';
import type { Sink } from '../program/program-io.ts';
import { runProgram } from '../program/run-program.ts';

export interface CliRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  /** Folder to call it in. Default: the root, where no project is. */
  readonly directory?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Standard input. Default: empty. */
  readonly input?: string | Readable;
  /** Columns of a terminal that standard output and error are. Default: they are none. */
  readonly columns?: number;
  readonly signal?: AbortSignal;
  /** Hears what was to be run by itself; nothing is. */
  readonly onBackground?: (args: readonly string[]) => void;
  /** Hears what is written to standard output. */
  readonly onOutput?: (text: string) => void;
}

/** Runs the program in this process, with nothing in its environment that configures it. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
  const { directory = '/', env = {}, input = '', columns, signal = new AbortController().signal } = options;
  const written = { stdout: '', stderr: '' };
  const sink = (name: keyof typeof written): Sink => ({
    write(data) {
      const text = typeof data === 'string' ? data : Buffer.from(data).toString('utf8');
      written[name] += text;
      if (name === 'stdout') options.onOutput?.(text);
      return true;
    },
    drained: () => Promise.resolve(),
    isTerminal: columns !== undefined,
    columns,
    rows: columns === undefined ? undefined : 24,
  });
  const code = await runProgram(args, {
    stdin: typeof input === 'string' ? Readable.from([Buffer.from(input)]) : input,
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    env: { XDG_CONFIG_HOME: '/nonexistent', ...env },
    directory,
    signal,
    inBackground: (again) => options.onBackground?.(again),
  });
  return { code, ...written };
}

/** What a command printed as JSON. @throws Error when it failed. */
export async function cliJson(args: readonly string[], options?: CliOptions): Promise<unknown> {
  const { code, stdout, stderr } = await runCli([...args, '--json'], options);
  if (code !== 0) throw new Error(`busline ${args.join(' ')} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout);
}
