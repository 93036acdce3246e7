import { setTimeout as delay } from 'node:timers/promises';

/** Time between two looks at a condition. */
const lookEveryMs = 10;

/**
 * Waits for a condition; `what` says which, for the error.
 *
 * @throws Error when the condition does not hold within `withinMs` (default 10 000).
 */
export async function waitUntil(
  what: string,
  condition: () => boolean | Promise<boolean>,
  withinMs = 10_000,
): Promise<void> {
  const giveUpAtMs = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > giveUpAtMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await delay(lookEveryMs);
  }
}
