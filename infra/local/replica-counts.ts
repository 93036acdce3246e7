import type { WorkerFolder } from './worker-folders.ts';

/** A worker and how many of it to run. */
export interface PlannedWorker {
  readonly folder: WorkerFolder;
  readonly count: number;
}

/** `--workers` names a worker that has no folder. */
export class UnknownWorkerError extends Error {
  override readonly name = 'UnknownWorkerError';

  constructor(unknown: readonly string[], known: readonly string[]) {
    const list = known.length === 0 ? 'There is none in workers/.' : `There are: ${known.join(', ')}.`;
    super(`unknown worker ${unknown.map((name) => `'${name}'`).join(', ')}. ${list}`);
  }
}

/** Joins what the folders declare with what was asked for, which has precedence. */
export function planWorkers(
  folders: readonly WorkerFolder[],
  requested: Readonly<Record<string, number>>,
): PlannedWorker[] {
  const known = folders.map(({ name }) => name);
  const unknown = Object.keys(requested).filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new UnknownWorkerError(unknown, known);
  return folders.map((folder) => ({ folder, count: requested[folder.name] ?? folder.replicas }));
}
