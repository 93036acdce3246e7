import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { FindStep } from './find-step.ts';
import { inspectServer } from './server-version.ts';

/** Debian installs the server in /usr/sbin, which an ordinary user's PATH does not contain. */
const SYSTEM_DIRECTORIES = ['/usr/local/sbin', '/usr/sbin'];

/** The first usable nats-server in the directories of PATH; too old ones are passed over. */
export const fromPath: FindStep = pathStep(SYSTEM_DIRECTORIES);

/** The same with other directories searched after those of PATH. */
export function pathStep(furtherDirectories: readonly string[]): FindStep {
  return {
    name: 'PATH',
    async find({ env }) {
      const unusable: string[] = [];
      const directories = [...(env.PATH ?? '').split(delimiter), ...furtherDirectories];
      for (const directory of new Set(directories)) {
        if (directory === '') continue;
        const candidate = join(directory, 'nats-server');
        if (!(await isExecutable(candidate))) continue;
        const outcome = await inspectServer(candidate);
        if ('path' in outcome) return outcome;
        unusable.push(outcome.skipped);
      }
      return { skipped: unusable.length === 0 ? 'no nats-server there' : unusable.join('; ') };
    },
  };
}

async function isExecutable(path: string): Promise<boolean> {
  return await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
