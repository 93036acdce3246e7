// npm run build: every published package as JavaScript with types in dist/packages, and a tarball of each in dist.
import { execFile } from 'node:child_process';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BUILD, type BuiltPackage, buildPackage } from './packages/build-package.ts';
import { publishedPackages } from './packages/published-packages.ts';
import { REPO_ROOT } from './repo-files.ts';
import { toolEnv } from './tool-env.ts';

const DIST = join(REPO_ROOT, 'dist');

for (const name of await readdir(DIST).catch(() => [])) {
  if (name.endsWith('.tgz')) await rm(join(DIST, name));
}
const built: BuiltPackage[] = [];
try {
  for (const wanted of publishedPackages) {
    built.push(await buildPackage(wanted, built));
    console.log(`built   ${BUILD}/${wanted.folder}`);
  }
  const packed = await promisify(execFile)(
    'npm',
    ['pack', '--ignore-scripts', '--json', '--pack-destination', DIST, ...built.map(({ folder }) => folder)],
    { cwd: REPO_ROOT, env: toolEnv(), maxBuffer: 64 * 1024 * 1024 },
  );
  for (const { filename, size, entryCount } of Object.values(
    JSON.parse(packed.stdout) as Record<string, { filename: string; size: number; entryCount: number }>,
  )) {
    console.log(`packed  dist/${filename}  ${Math.round(size / 1024)} kB, ${entryCount} files`);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error('Not everything was built: see above. `npx tsc -p .` says whether the sources are sound.');
  process.exitCode = 1;
}
