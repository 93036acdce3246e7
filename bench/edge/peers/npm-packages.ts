import { fileURLToPath } from 'node:url';
import type { PeerSet } from './peer-set.ts';
import { run } from './run.ts';

const FOLDER = fileURLToPath(new URL('../../peers/', import.meta.url));

/** The packages of bench/peers/package.json. That is no workspace: nobody but the bench has to install them. */
export const npmPackages: PeerSet = {
  manifest: `${FOLDER}package-lock.json`,
  stamp: `${FOLDER}node_modules/.busline-bench`,
  step: 'npm ci in bench/peers',
  // A silent npm that runs the bench would have this one say nothing either, not even why it fails.
  install: () =>
    run('npm', ['ci', '--ignore-scripts', '--loglevel=error'], { cwd: FOLDER, timeoutMs: 300_000 }),
};
