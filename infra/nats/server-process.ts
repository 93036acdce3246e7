import { type ChildProcess, spawn } from 'node:child_process';
import { guardAgainstOrphan } from '../process/orphan-guard.ts';
import type { ServerExit } from './ready-wait.ts';

/** A nats-server process that cannot outlive this one. */
export interface ServerProcess {
  readonly pid: number;
  /** Resolves when the process has ended, however it ended. */
  readonly exited: Promise<ServerExit>;
  signal(name: NodeJS.Signals): void;
  /** What it wrote to stderr: reasons to end before the log file was open. */
  stderr(): string;
}

const MAX_STDERR_CHARACTERS = 8_192;

/** Rejects when the program cannot be started. */
export async function spawnServer(path: string, configFile: string): Promise<ServerProcess> {
  const child = spawn(path, ['--config', configFile], {
    stdio: ['ignore', 'ignore', 'pipe'],
    // Its own process group: on Ctrl-C the workers drain before the broker goes.
    detached: true,
  });
  const pid = await spawned(child);
  const guard = guardAgainstOrphan(pid);
  let text = '';
  child.stderr.setEncoding('utf8');
  child.stderr.on('data', (chunk: string) => {
    text = (text + chunk).slice(-MAX_STDERR_CHARACTERS);
  });
  const exited = new Promise<ServerExit>((resolve) => {
    child.once('close', (code, signal) => {
      guard.release();
      resolve({ code, signal });
    });
  });
  return {
    pid,
    exited,
    signal: (name) => {
      child.kill(name);
    },
    stderr: () => text.trim(),
  };
}

async function spawned(child: ChildProcess): Promise<number> {
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => {
      child.removeListener('error', reject);
      // Later errors are failed signals to a process that is gone.
      child.on('error', () => {});
      resolve(child.pid ?? 0);
    });
  });
}
