import { defineConfig } from 'vitest/config';

// Two workers: the reference machine has two cores, and most bus tests run a broker beside themselves.
export default defineConfig({
  test: {
    include: ['{bus,cli,api,workers,infra,schemas,scripts,bench,e2e}/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
