import { expect, it } from 'vitest';
import { durable } from './durable.ts';

// The short form of the long proof: `npm run soak -- durable`.
it('each durable call has one effect and one result, whatever is killed', async () => {
  const { ok, violations, counts } = await durable({ seconds: 1, seed: 1 });
  expect(violations).toEqual([]);
  expect(counts).toMatchObject({ unanswered: 0, wrongReplays: 0, wrongEffects: 0, restarts: 1 });
  expect(counts.calls).toBeGreaterThanOrEqual(24);
  expect(ok).toBe(true);
}, 120_000);
