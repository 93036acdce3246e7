import { describe, expect, it } from 'vitest';
import type { Outcome } from '../system/order-traffic.ts';
import { judgeDrain, judgeKill } from './judge.ts';
import type { Rolled } from './roll-workers.ts';

const fine: Outcome = {
  kind: 'place',
  orderId: 'o',
  sentAtMs: 0,
  endedAtMs: 10,
  status: 200,
  right: true,
  text: '',
};
const lost: Outcome = {
  ...fine,
  sentAtMs: 900,
  endedAtMs: 1_900,
  status: 503,
  right: false,
  text: 'its worker is gone; the call may have run',
};
const read: Outcome = { ...lost, kind: 'read' };
const rolled = (more: Partial<Rolled>): Rolled => ({
  rounds: 1,
  outcomes: [fine],
  repeated: [],
  signalledAtMs: [1_000],
  exitCodes: [0],
  sold: 1,
  taken: 1,
  ...more,
});

describe('judgeDrain()', () => {
  it('counts what happened', () => {
    expect(judgeDrain(rolled({ outcomes: [fine, fine], sold: 2, taken: 2 }))).toEqual({
      ok: true,
      counts: { rounds: 1, calls: 2, failed: 0, sold: 2, taken: 2 },
      breaches: [],
    });
  });

  it.each<[string, Partial<Rolled>, RegExp]>([
    ['a failed call', { outcomes: [fine, lost] }, /^place o: 503 its worker is gone/],
    ['a worker that did not leave cleanly', { exitCodes: [0, 1] }, /ended with 1/],
    ['a worker that had to be killed', { exitCodes: [null] }, /ended with null/],
    ['goods sold twice', { taken: 2 }, /1 pieces were sold, but 2 are gone/],
    ['goods not delivered', { sold: 2 }, /2 pieces were sold, but 1 are gone/],
  ])('does not accept %s', (_, more, breach) => {
    const { ok, breaches } = judgeDrain(rolled(more));
    expect(ok).toBe(false);
    expect(breaches).toEqual([expect.stringMatching(breach)]);
  });
});

describe('judgeKill()', () => {
  it('accepts orders that failed in time, with the word, and succeeded when repeated', () => {
    const verdict = judgeKill(
      rolled({ outcomes: [fine, lost], repeated: [fine], exitCodes: [null], sold: 2, taken: 2 }),
    );
    expect(verdict).toEqual({
      ok: true,
      counts: {
        rounds: 1,
        calls: 2,
        failedReads: 0,
        failedOrders: 1,
        slowestFailureMs: 900,
        sold: 2,
        taken: 2,
      },
      breaches: [],
    });
  });

  it.each<[string, Partial<Rolled>, RegExp]>([
    ['a failed read', { outcomes: [read] }, /^read o: 503/],
    ['another status', { outcomes: [{ ...lost, status: 504 }] }, /^place o: 504/],
    ['no answer', { outcomes: [{ ...lost, status: 0 }] }, /^place o: 0/],
    ['no word about its fate', { outcomes: [{ ...lost, text: 'gone' }] }, /does not say whether it ran/],
    ['a late failure', { outcomes: [{ ...lost, endedAtMs: 2_001 }] }, /^only after 1001 ms/],
    [
      'a late failure of a later request',
      { outcomes: [{ ...lost, sentAtMs: 1_500, endedAtMs: 2_501 }] },
      /^only after 1001 ms/,
    ],
    ['an order that cannot be repeated', { repeated: [lost] }, /^repeated: place o: 503/],
  ])('does not accept %s', (_, more, breach) => {
    const { ok, breaches } = judgeKill(rolled(more));
    expect(ok).toBe(false);
    expect(breaches).toEqual([expect.stringMatching(breach)]);
  });
});
