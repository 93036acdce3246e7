import { defineConfig } from 'vitest/config';
import tests, { proofs } from './vitest.config.ts';

// Whole systems from outside, some under load and with everything killed, and whole measurements: some four minutes of
// both cores, which `npm test` shall not cost at every change. `npm run check` runs them behind the tests.
export default defineConfig({ test: { ...tests.test, include: proofs, exclude: [] } });
