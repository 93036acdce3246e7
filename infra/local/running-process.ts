/** How a process ended. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One started process, from the moment it has an id. */
export interface RunningProcess {
  readonly pid: number;
  /** Resolves when it has said that it is ready; rejects when it ends first or takes too long. */
  readonly ready: Promise<void>;
  /** Resolves when it has ended, however it ended. */
  readonly exited: Promise<ProcessExit>;
  /** What it has written so far. */
  output(): string;
  /** What it said for people when it became ready. */
  warnings(): readonly string[];
  signal(name: NodeJS.Signals): void;
}

export function describeExit({ code, signal }: ProcessExit): string {
  return signal ?? `exit code ${code}`;
}

/**
 * Asks a process to finish what it does and end, with SIGTERM; after `graceMs` ends it with SIGKILL.
 *
 * @returns whether it had to be killed.
 */
export async function stopProcess(running: RunningProcess, graceMs: number): Promise<boolean> {
  let killed = false;
  running.signal('SIGTERM');
  const timer = setTimeout(() => {
    killed = true;
    running.signal('SIGKILL');
  }, graceMs);
  await running.exited;
  clearTimeout(timer);
  return killed;
}
