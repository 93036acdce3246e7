/** Doubling from half a second: a crash that fixes itself is over soon, a loop does not keep the machine busy. */
const FIRST_MS = 500;
const LAST_MS = 30_000;

/** How far a delay may deviate, so that what crashed together does not return together. */
const JITTER = 0.2;

/** A process that ran this long before it crashed starts again from the first delay. */
export const STABLE_MS = 10_000;

/** From this many crashes in a row on, it is called a crash loop. */
export const CRASH_LOOP_ATTEMPTS = 4;

/**
 * How long to wait before a restart.
 *
 * @param attempt 0 for the first crash in a row.
 * @param random From 0 to 1; `Math.random` unless a test decides.
 */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const base = Math.min(FIRST_MS * 2 ** attempt, LAST_MS);
  return Math.round(base * (1 + JITTER * (2 * random() - 1)));
}
