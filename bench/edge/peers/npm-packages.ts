import { fileURLToPath } from 'node:url';
import type { PeerSet } from './peer-set.ts';
import { run } from './run.ts';

const FOLDER = fileURLToPath(new URL('../../peers/', import.meta.url));

/** The packages of bench/peers/package.json. That is no workspace: nobody but the bench has to install them. */
export const npmPackages: PeerSet = {
  manifest: `${FOLDER}package-lock.json`,
  stamp: `${FOLDER}node_modules/.busline-bench`,
  progress: 'npm ci in bench/peers, for Fastify and NestJS: once, some 50 MB',
  install: () => run('npm', ['ci', '--ignore-scripts'], { cwd: FOLDER, timeoutMs: 300_000 }),
};
