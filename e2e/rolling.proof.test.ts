import { describe, expect, it } from 'vitest';
import { proofs } from './soak/proofs.ts';
import { createSeededRandom } from './soak/seeded-random.ts';

/** Enough to see a protocol that loses calls; `npm run soak` runs the same for as long as one wants. */
const rounds = 1;

describe('with 50 requests in flight, one of two orders workers', () => {
  it.each(['drain', 'kill'])('%s', { timeout: 60_000 }, async (name) => {
    const proof = proofs[name] ?? expect.fail(`no proof ${name}`);
    const verdict = await proof({
      random: createSeededRandom(1),
      seed: 1,
      seconds: 0,
      more: (done) => done < rounds,
    });
    expect(verdict.breaches).toEqual([]);
    expect(verdict).toMatchObject({ ok: true, counts: { rounds } });
  });
});
