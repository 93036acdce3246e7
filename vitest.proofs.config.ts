import { defineConfig } from 'vitest/config';
import tests, { proofs } from './vitest.config.ts';

// The short forms of the long proofs, whole systems under load, and the benchmarks: some three minutes of
// both cores, which `npm test` shall not cost at every change. `npm run check` runs them behind the tests.
export default defineConfig({ test: { ...tests.test, include: [proofs], exclude: [] } });
