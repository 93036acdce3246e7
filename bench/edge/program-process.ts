import { spawn } from 'node:child_process';
import { guardAgainstOrphan } from '@busline/infra/nats';
import type { SidePlace, SideProgram } from './edge-subject.ts';

/** A program that runs, in a process group of its own with whatever it forks. */
export interface ProgramProcess {
  /** Its id, and that of its group. */
  readonly pid: number;
  readonly hasEnded: boolean;
  /** The last it wrote there, and how it ended if it has. */
  stderr(): string;
  /** Ends the group at once, and waits until nobody of it is left who could write to stderr. */
  stop(): Promise<void>;
}

const STDERR_CHARACTERS = 4000;

/**
 * Starts a program of a side. It ends with this process, however this one ends.
 *
 * @throws Error where it cannot be started at all.
 */
export function startProgram({ command, args, cwd, env }: SideProgram, place: SidePlace): ProgramProcess {
  const child = spawn(command, args, {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(cwd !== undefined && { cwd }),
    env: {
      ...process.env,
      NODE_ENV: 'production',
      ...env,
      PORT: String(place.httpPort),
      WORKER_PORT: String(place.workerPort),
      NATS_URL: place.natsUrl,
    },
  });
  // Told by the missing id, and once more by an event that must not go unheard.
  child.on('error', () => {});
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} could not be started: is it there, and may it be run?`);
  const guard = guardAgainstOrphan(pid);
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_CHARACTERS);
  });
  let hasEnded = false;
  child.once('exit', (code, signal) => {
    hasEnded = true;
    guard.release();
    stderr += `${command} ${args.join(' ')} ended (${signal ?? `exit code ${code}`})\n`;
  });
  const closed = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  return {
    pid,
    get hasEnded() {
      return hasEnded;
    },
    stderr: () => stderr,
    async stop() {
      try {
        process.kill(-pid, 'SIGKILL');
      } catch {
        // Nothing of the group is left.
      }
      await closed;
    },
  };
}
