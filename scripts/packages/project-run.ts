import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const LONGEST_COMMAND_MS = 120_000;

/** The environment of a shell in a project: nothing of this repository is on its path. */
function environment(project: string): NodeJS.ProcessEnv {
  const { HOME, TMPDIR, BUSLINE_CACHE, NATS_SERVER_BIN, PATH = '' } = process.env;
  const path = PATH.split(delimiter).filter((folder) => !folder.includes('node_modules'));
  return {
    HOME,
    ...(TMPDIR && { TMPDIR }),
    ...(BUSLINE_CACHE && { BUSLINE_CACHE }),
    ...(NATS_SERVER_BIN && { NATS_SERVER_BIN }),
    NO_COLOR: '1',
    PATH: [join(project, 'node_modules', '.bin'), ...path].join(delimiter),
  };
}

/** Runs a command in a project, and returns what it printed. @throws Error with all that it said. */
export async function runIn(project: string, command: string): Promise<string> {
  try {
    const options = { cwd: project, env: environment(project), timeout: LONGEST_COMMAND_MS };
    return (await promisify(execFile)('/bin/sh', ['-c', command], options)).stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command}\n${stdout}${stderr}`.trim(), { cause: error });
  }
}

/** A system that runs in a project. */
export interface RunningProject {
  readonly apiUrl: string;
  stop(): Promise<void>;
}

const LONGEST_START_MS = 60_000;
const LONGEST_STOP_MS = 40_000;

/** Starts the project's system, and waits until it says where it is. @throws Error with what it said instead. */
export async function startIn(project: string, command: string): Promise<RunningProject> {
  const child: ChildProcess = spawn('/bin/sh', ['-c', `exec ${command}`], {
    cwd: project,
    env: environment(project),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stdout?.on('data', (data) => (said += data));
  child.stderr?.on('data', (data) => (said += data));
  const address = (): string | undefined => /API\s+(http:\S+)/.exec(said)?.[1];
  await eventually('the system is ready', LONGEST_START_MS, () => {
    if (child.exitCode !== null) throw new Error(`${command} ended with ${child.exitCode}:\n${said}`);
    return address() !== undefined;
  });
  return {
    apiUrl: address() ?? '',
    async stop() {
      if (child.exitCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      const inTime = await Promise.race([
        gone.then(() => true),
        delay(LONGEST_STOP_MS, false, { ref: false }),
      ]);
      if (!inTime) child.kill('SIGKILL');
    },
  };
}

/** Waits until `condition` holds. @throws Error naming `what`, or what `condition` throws. */
export async function eventually(
  what: string,
  withinMs: number,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  const giveUpAtMs = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > giveUpAtMs) throw new Error(`not within ${withinMs / 1000} s: ${what}`);
    await delay(20);
  }
}
