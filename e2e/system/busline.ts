import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The program as a person calls it. */
const program = fileURLToPath(new URL('../../cli/bin/busline.js', import.meta.url));

/** How one run of it ended. */
export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly tookMs: number;
}

export interface Busline {
  /** Runs it to its end, in a folder of its own choice or in that of the terminal. */
  (args: readonly string[], cwd?: string): Promise<Run>;
  /** Begins something that goes on until it is stopped. */
  begin(args: readonly string[]): ChildProcess;
}

/** A terminal in a folder; nothing configures the program but where it is called. */
export function openTerminal(folder: string): Busline {
  const env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    HOME: folder,
    XDG_CONFIG_HOME: folder,
    XDG_CACHE_HOME: folder,
  };
  const run = (args: readonly string[], cwd = folder): Promise<Run> => {
    const startedMs = performance.now();
    return new Promise((resolve) => {
      const child = execFile(
        process.execPath,
        [program, ...args],
        { cwd, env, timeout: 60_000 },
        (_, stdout, stderr) =>
          resolve({ code: child.exitCode ?? -1, stdout, stderr, tookMs: performance.now() - startedMs }),
      );
      child.stdin?.end();
    });
  };
  const begin = (args: readonly string[]): ChildProcess =>
    spawn(process.execPath, [program, ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  return Object.assign(run, { begin });
}
