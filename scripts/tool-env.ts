import { delimiter, join } from 'node:path';
import { compileCacheEnv } from '@busline/infra/process';
import { REPO_ROOT } from './repo-files.ts';

/** This process's environment with the repository's own tools first on the path, as npm scripts have it, and a place for compiled code. */
export function toolEnv(): NodeJS.ProcessEnv {
  const path = [join(REPO_ROOT, 'node_modules/.bin'), process.env.PATH ?? ''].join(delimiter);
  return {
    ...process.env,
    ...compileCacheEnv(join(REPO_ROOT, 'node_modules/.cache'), process.env),
    PATH: path,
  };
}
