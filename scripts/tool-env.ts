import { delimiter, join } from 'node:path';
import { REPO_ROOT } from './repo-files.ts';

/** This process's environment with the repository's own tools first on the path, as npm scripts have it. */
export function toolEnv(): NodeJS.ProcessEnv {
  const path = [join(REPO_ROOT, 'node_modules/.bin'), process.env.PATH ?? ''].join(delimiter);
  return { ...process.env, PATH: path };
}
