import type { WorkerFolder } from './worker-folders.ts';

/** A worker and how many of it to run. */
export interface PlannedWorker {
  readonly folder: WorkerFolder;
  readonly count: number;
}

/** `--workers` or `--only` names a worker that has no folder. */
export class UnknownWorkerError extends Error {
  override readonly name = 'UnknownWorkerError';

  constructor(unknown: readonly string[], known: readonly string[]) {
    const list = known.length === 0 ? 'There is none in workers/.' : `There are: ${known.join(', ')}.`;
    super(`unknown worker ${unknown.map((name) => `'${name}'`).join(', ')}. ${list}`);
  }
}

/**
 * Joins what the folders declare with what was asked for, which has precedence: so many instances of some, and none of
 * those that `only` does not name.
 */
export function planWorkers(
  folders: readonly WorkerFolder[],
  requested: Readonly<Record<string, number>>,
  only?: readonly string[],
): PlannedWorker[] {
  const known = folders.map(({ name }) => name);
  const unknown = [...Object.keys(requested), ...(only ?? [])].filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new UnknownWorkerError(unknown, known);
  return folders.map((folder) => {
    const count = requested[folder.name] ?? folder.replicas;
    return { folder, count: only?.includes(folder.name) === false ? 0 : count };
  });
}
