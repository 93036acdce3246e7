import { configDefaults, defineConfig } from 'vitest/config';

/** Tests of whole systems, and whole measurements, that `npm run proofs` runs (vitest.proofs.config.ts). */
export const proofs = ['e2e/**/*.test.ts', 'bench/**/*.proof.test.ts'];

// Two workers: the reference machine has two cores, and most bus tests run a broker beside themselves. Files share their
// worker's modules, which hold no state of their own: the 174 files of bus and api took 28 s so, and 50 s each on its own.
export default defineConfig({
  test: {
    include: ['{bus,cli,api,workers,infra,schemas,scripts,bench}/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...proofs],
    pool: 'forks',
    maxWorkers: 2,
    isolate: false,
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
