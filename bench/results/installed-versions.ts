import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** Versions of packages that the workspaces bring; `unknown` for one that is not there. */
export function installedVersions(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, installedVersion(name)]));
}

/** Looks in node_modules folders upwards, because a package need not export its package.json. */
function installedVersion(name: string): string {
  for (const folder of require.resolve.paths(name) ?? []) {
    try {
      const parsed: unknown = JSON.parse(readFileSync(`${folder}/${name}/package.json`, 'utf8'));
      if (typeof parsed === 'object' && parsed !== null && 'version' in parsed) return String(parsed.version);
    } catch {
      // Not in this folder: the next one up may have it.
    }
  }
  return 'unknown';
}
