import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { processMark } from '../process/process-mark.ts';

/** Two stacks on one data directory would take each other's logs and data. */
export class DataDirInUseError extends Error {
  override readonly name = 'DataDirInUseError';

  constructor(dataDir: string, pid: number) {
    super(
      `busline already runs on ${dataDir}, as process ${pid}. Stop that one first (Ctrl-C, or kill ${pid}).`,
    );
  }
}

/**
 * Takes a data directory for this process, as long as it lives. Returns what gives it back.
 *
 * @throws DataDirInUseError while the process that took it before still runs.
 */
export async function claimDataDir(dataDir: string): Promise<() => Promise<void>> {
  const file = join(dataDir, 'supervisor.pid');
  const holder = parseHolder(await readFile(file, 'utf8').catch(() => ''));
  if (holder !== undefined && (await processMark(holder.pid)) === holder.mark) {
    throw new DataDirInUseError(dataDir, holder.pid);
  }
  await writeFile(`${file}.new`, `${process.pid} ${await processMark(process.pid)}\n`);
  await rename(`${file}.new`, file);
  return async () => await rm(file, { force: true });
}

function parseHolder(text: string): { pid: number; mark: string } | undefined {
  const match = /^(\d+) (.+)\n$/.exec(text);
  return match === null ? undefined : { pid: Number(match[1]), mark: match[2] ?? '' };
}
