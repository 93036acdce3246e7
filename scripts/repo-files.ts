import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Absolute path of the repository's root folder. */
export const REPO_ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * Paths, relative to the root and sorted, of the files that are or would be committed: tracked ones plus new
 * ones git does not ignore. `patterns` are git pathspecs (`*.md` matches in every folder).
 */
export function repoFiles(...patterns: string[]): string[] {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', ...patterns];
  const listed = execFileSync('git', args, { cwd: REPO_ROOT, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  const paths = new Set(listed.split('\0').filter((path) => path !== ''));
  // A file deleted but not yet committed is still listed as tracked.
  return [...paths].filter((path) => existsSync(join(REPO_ROOT, path))).sort();
}
