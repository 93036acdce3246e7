import { setTimeout as delay } from 'node:timers/promises';

/** Waits for work, at most for a while, and says whether it ended in time. @throws what the work rejected with. */
export async function finishedWithin(work: Promise<unknown>, limitMs: number): Promise<boolean> {
  const patience = new AbortController();
  const tooLong = delay(limitMs, false, { signal: patience.signal }).catch(() => false);
  try {
    return await Promise.race([work.then(() => true), tooLong]);
  } finally {
    patience.abort();
  }
}
