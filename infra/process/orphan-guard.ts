import { spawn } from 'node:child_process';
import { Socket } from 'node:net';

/** Waits for its input to end, then stops the process whose id it was given: politely, after 5 s by force. */
const SCRIPT = `
read -r _
kill -TERM "$1" || exit 0
tries=0
while kill -0 "$1" && [ "$tries" -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
kill -KILL "$1"
`;

export interface OrphanGuard {
  /** Call it once the guarded process has ended, before its id can be reused. True if the guard still watched. */
  release(): boolean;
  /** Resolves when the guard itself has ended. */
  readonly ended: Promise<void>;
}

/**
 * Makes sure that a process does not outlive this one, even when this one is killed with SIGKILL. A shell waits on
 * a pipe whose other end only this process holds; the system closes it however this process ends. Works on every
 * POSIX system, where the kernel's own mechanism is Linux only.
 */
export function guardAgainstOrphan(pid: number): OrphanGuard {
  const guard = spawn('/bin/sh', ['-c', SCRIPT, 'busline-orphan-guard', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // Its own process group: Ctrl-C in the terminal must not end the guard before this process.
    detached: true,
  });
  // A guard that cannot start leaves what there was before: a pid file, by which the next start takes over.
  guard.on('error', () => {});
  guard.stdin.on('error', () => {});
  guard.unref();
  if (guard.stdin instanceof Socket) guard.stdin.unref();
  return {
    release: () => guard.kill('SIGKILL'),
    ended: new Promise((resolve) => {
      guard.once('close', () => resolve());
    }),
  };
}
