import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StackProcess } from './stack.ts';

/** What runs, for people and tools: `<dataDir>/session.json`. */
export interface Session {
  readonly supervisorPid: number;
  readonly apiUrl: string;
  readonly natsUrl: string;
  /** Where the supervisor takes orders (control-socket.ts). */
  readonly controlSocket: string;
  readonly processes: readonly Pick<StackProcess, 'name' | 'pid' | 'logFile'>[];
}

export interface SessionFile {
  /** Writes what `describe` says at the time of writing. The file is replaced as a whole: readers see old or new. */
  update(): Promise<void>;
  /** Removes the file; later updates do nothing. */
  remove(): Promise<void>;
}

export function createSessionFile(dataDir: string, describe: () => Session): SessionFile {
  const file = join(dataDir, 'session.json');
  let removed = false;
  let last = Promise.resolve();
  // One after the other: two writers of one new file would take it from each other.
  const next = (work: () => Promise<void>) => {
    last = last.then(work, work);
    return last;
  };
  return {
    update: () =>
      next(async () => {
        if (removed) return;
        await writeFile(`${file}.new`, `${JSON.stringify(describe(), null, 2)}\n`);
        await rename(`${file}.new`, file);
      }),
    remove: () =>
      next(async () => {
        removed = true;
        await rm(file, { force: true });
      }),
  };
}
