import { defineConfig } from 'vitest/config';
import tests, { proofs } from './vitest.config.ts';

// The short forms of the long proofs, each with processes and brokers of its own that are killed: a minute and a half of
// both cores, which `npm test` shall not cost at every change. `npm run check` runs them behind the tests.
export default defineConfig({ test: { ...tests.test, include: [proofs], exclude: [] } });
