import { expect, it } from 'vitest';
import { subscribe } from './subscribe.ts';

// The short form of the long proof: `npm run soak -- subscribe`.
it('each event published by HTTP comes to each follower once, in order, whatever is killed', async () => {
  const { ok, violations, counts } = await subscribe({ seconds: 1, seed: 1 });
  expect(violations).toEqual([]);
  expect(counts).toMatchObject({ missing: 0, restarts: 1, followed: (counts.published ?? 0) * 3 });
  expect(counts.published).toBeGreaterThan(6);
  expect(ok).toBe(true);
}, 120_000);
