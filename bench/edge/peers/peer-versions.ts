import { readFileSync } from 'node:fs';
import { npmPackages } from './npm-packages.ts';
import { pythonPackages } from './python-packages.ts';

/** Exact versions of the packages that are installed for the bench alone. */
export function peerVersions(): Record<string, string> {
  return {
    ...npmVersions(readFileSync(npmPackages.manifest, 'utf8')),
    ...pythonVersions(readFileSync(pythonPackages.manifest, 'utf8')),
  };
}

/** Of the root's own dependencies, from the text of a package-lock.json. */
export function npmVersions(lockfile: string): Record<string, string> {
  const { packages }: { packages: { '': { dependencies: Record<string, string> } } } = JSON.parse(lockfile);
  return packages[''].dependencies;
}

/** From the text of a requirements.txt whose lines are `name==version`. */
export function pythonVersions(requirements: string): Record<string, string> {
  return Object.fromEntries(
    [...requirements.matchAll(/^(\S+)==(\S+)$/gm)].map(([, name, version]) => [name, version]),
  );
}
