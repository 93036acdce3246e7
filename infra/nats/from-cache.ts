import type { FindStep } from './find-step.ts';
import { listCached } from './server-cache.ts';
import { inspectServer } from './server-version.ts';

/** The newest usable server fetched earlier. */
export const fromCache: FindStep = {
  name: 'cache',
  async find({ cacheDir }) {
    const unusable: string[] = [];
    for (const path of await listCached(cacheDir)) {
      const outcome = await inspectServer(path);
      if ('path' in outcome) return outcome;
      unusable.push(outcome.skipped);
    }
    return { skipped: unusable.length === 0 ? `none fetched yet in ${cacheDir}` : unusable.join('; ') };
  },
};
