import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface CliRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  /** Folder to call it in. Default: the test's. */
  readonly directory?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Standard input. Default: empty. */
  readonly input?: string;
}

/** Longest run of one command in a test: a load beside it may make it slow, not endless. */
const timeoutMs = 30_000;

const program = fileURLToPath(new URL('../bin/busline.js', import.meta.url));

/** Runs the program in a process of its own, with nothing in its environment that configures it. */
export function runCli(
  args: readonly string[],
  { directory, env, input = '' }: CliOptions = {},
): Promise<CliRun> {
  const { PATH, HOME, TMPDIR } = process.env;
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [program, ...args],
      {
        cwd: directory,
        env: { PATH, HOME, TMPDIR, XDG_CONFIG_HOME: '/nonexistent', ...env },
        timeout: timeoutMs,
        maxBuffer: 16 * 1024 * 1024,
      },
      (_, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
    child.stdin?.end(input);
  });
}
