import { execFile } from 'node:child_process';

export interface RunOptions {
  /** After this long the command is killed and the call rejects. */
  readonly timeoutMs: number;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/** A program did not end well. The message says how, with the last three lines of what it wrote to stderr. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  /** All that it wrote there. */
  readonly stderr: string;

  constructor(message: string, stderr: string, options: ErrorOptions) {
    super(message, options);
    this.stderr = stderr;
  }
}

/** Runs a program to its end. Rejects with a CommandError. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: RunOptions,
): Promise<{ stdout: string; stderr: string }> {
  return await new Promise((resolve, reject) => {
    execFile(
      command,
      args,
      {
        timeout: options.timeoutMs,
        killSignal: 'SIGKILL',
        maxBuffer: 8 * 1024 * 1024,
        env: options.env ?? process.env,
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      },
      (error, stdout, stderr) => {
        if (error === null) {
          resolve({ stdout, stderr });
          return;
        }
        reject(new CommandError(describeFailure(error, stderr, options.timeoutMs), stderr, { cause: error }));
      },
    );
  });
}

function describeFailure(
  error: Error & { code?: string | number | null; killed?: boolean; cmd?: string },
  stderr: string,
  timeoutMs: number,
): string {
  if (error.code === 'ENOENT') return 'the program does not exist';
  if (typeof error.code === 'string') return error.code;
  const ending = error.killed
    ? `no result within ${timeoutMs / 1000} s`
    : `exit code ${error.code ?? 'none'}`;
  const lastLines = stderr.trim().split('\n').slice(-3).join(' | ');
  return lastLines === '' ? ending : `${ending}: ${lastLines}`;
}
