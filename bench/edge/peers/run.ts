import { type ExecFileException, execFile } from 'node:child_process';

export interface RunOptions {
  readonly cwd: string;
  /** Then it is killed. */
  readonly timeoutMs: number;
}

/** Of what a program wrote. */
const MOST_LINES = 12;

/**
 * Runs a program to its end.
 *
 * @throws Error with how it ended and the last lines it wrote: npm begins with the cause and ends with where its log is.
 */
export async function run(command: string, args: readonly string[], options: RunOptions): Promise<void> {
  const { cwd, timeoutMs } = options;
  await new Promise<void>((resolve, reject) => {
    const settings = { cwd, timeout: timeoutMs, killSignal: 'SIGKILL' } as const;
    execFile(command, args, settings, (error, stdout, stderr) => {
      if (error === null) resolve();
      else {
        const how = failureText(error, { timeoutMs, output: stdout + stderr });
        reject(new Error(`${[command, ...args].join(' ')}: ${how}`, { cause: error }));
      }
    });
  });
}

function failureText(
  error: ExecFileException,
  { timeoutMs, output }: { readonly timeoutMs: number; readonly output: string },
): string {
  if (error.code === 'ENOENT') return 'there is no such program';
  const how = error.killed ? `no end within ${timeoutMs / 1000} s` : `exit code ${error.code}`;
  return [how, output.trim().split('\n').slice(-MOST_LINES).join('\n')]
    .filter((part) => part !== '')
    .join(': ');
}
