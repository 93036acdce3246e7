import type { Outcome } from '../system/order-traffic.ts';
import type { Rolled } from './roll-workers.ts';

/** Whether a promise held, with what it rests on. */
export interface Verdict {
  readonly ok: boolean;
  readonly counts: Readonly<Record<string, number>>;
  /** The first few breaches, for people. */
  readonly breaches: readonly string[];
}

const shownBreaches = 5;

/** A worker that is asked to leave loses no call: all requests succeed, and each order is sold once. */
export function judgeDrain(rolled: Rolled): Verdict {
  const { outcomes, exitCodes } = rolled;
  const failed = outcomes.filter(({ right }) => !right);
  return verdict(rolled, {
    counts: { failed: failed.length },
    breaches: [
      ...failed.map(describe),
      ...exitCodes
        .filter((code) => code !== 0)
        .map((code) => `a worker that was to leave ended with ${code}`),
    ],
  });
}

/** How long after a worker's death a call of its may stay without an answer, in milliseconds. */
const lostWithinMs = 1_000;

/**
 * A worker that is killed costs no idempotent call. Others fail within a second, as UNAVAILABLE and saying whether
 * they may have run, and repeated with their id they succeed.
 */
export function judgeKill(rolled: Rolled): Verdict {
  const { outcomes, repeated, signalledAtMs } = rolled;
  const failed = outcomes.filter(({ right }) => !right);
  const reads = failed.filter(({ kind }) => kind === 'read');
  const places = failed.filter(({ kind }) => kind === 'place');
  const delays = places.map((outcome) => ({ outcome, delayMs: delayOf(outcome, signalledAtMs) }));
  return verdict(rolled, {
    counts: {
      failedReads: reads.length,
      failedOrders: places.length,
      slowestFailureMs: Math.round(Math.max(0, ...delays.map(({ delayMs }) => delayMs))),
    },
    breaches: [
      ...reads.map(describe),
      ...places.filter(({ status }) => status !== 503).map(describe),
      ...places
        .filter(({ text }) => !/may have run|never started/.test(text))
        .map((outcome) => `does not say whether it ran: ${describe(outcome)}`),
      ...delays
        .filter(({ delayMs }) => delayMs > lostWithinMs)
        .map(({ outcome, delayMs }) => `only after ${Math.round(delayMs)} ms: ${describe(outcome)}`),
      ...repeated.filter(({ right }) => !right).map((outcome) => `repeated: ${describe(outcome)}`),
    ],
  });
}

/** Since the request was sent, or the death that came after that. */
function delayOf({ sentAtMs, endedAtMs }: Outcome, signalledAtMs: readonly number[]): number {
  const death = signalledAtMs.findLast((atMs) => atMs <= endedAtMs) ?? sentAtMs;
  return endedAtMs - Math.max(sentAtMs, death);
}

function verdict(rolled: Rolled, judged: Pick<Verdict, 'counts' | 'breaches'>): Verdict {
  const { rounds, outcomes, sold, taken } = rolled;
  const breaches = [...judged.breaches];
  if (sold !== taken) breaches.push(`${sold} pieces were sold, but ${taken} are gone from the stock`);
  return {
    ok: breaches.length === 0,
    counts: { rounds, calls: outcomes.length, ...judged.counts, sold, taken },
    breaches: breaches.slice(0, shownBreaches),
  };
}

function describe({ kind, orderId, status, text }: Outcome): string {
  return `${kind} ${orderId}: ${status} ${text}`;
}
