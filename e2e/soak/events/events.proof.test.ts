import { describe, expect, it } from 'vitest';
import { events, order } from './events.ts';

// The short forms of the long proofs: `npm run soak -- events`, `-- order`.
describe('events hold their promise while instances and the broker are killed', () => {
  it('each is handled, and has its effect once', async () => {
    const { ok, violations, counts } = await events({ seconds: 2, seed: 1 });
    expect(violations).toEqual([]);
    expect(counts).toMatchObject({ lost: 0, wrongEffects: 0, restarts: 2 });
    expect(counts.published).toBeGreaterThan(1_000);
    expect(ok).toBe(true);
  }, 120_000);

  it('each key keeps its order', async () => {
    const { ok, violations, counts } = await order({ seconds: 2, seed: 1 });
    expect(violations).toEqual([]);
    expect(counts).toMatchObject({ lost: 0, wrongEffects: 0, disordered: 0, restarts: 2 });
    expect(counts.published).toBeGreaterThan(1_000);
    expect(ok).toBe(true);
  }, 120_000);
});
