import { setTimeout as delay } from 'node:timers/promises';

/** Longest time for one request, in milliseconds, and for all of them. */
const requestMs = 5_000;
const giveUpMs = 90_000;

/** One number of a key. */
export interface KeyedNumber {
  readonly key: string;
  readonly number: number;
}

/**
 * Publishes one event by REST, and repeats it with its id until an edge says that it is stored: through edges that die under
 * it, one after the other.
 *
 * @returns how many requests it took.
 * @throws Error for an answer that repeating it cannot change, or when there is none in 90 seconds.
 */
export async function publishByHttp(edges: readonly string[], { key, number }: KeyedNumber): Promise<number> {
  const giveUpAtMs = performance.now() + giveUpMs;
  let last = 'no answer';
  for (let requests = 1; performance.now() < giveUpAtMs; requests++) {
    try {
      const edge = edges[(number + requests) % edges.length];
      const response = await fetch(`${edge}/v1/events/busline.bench.v1.Counted`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'ce-id': `${key}-${number}` },
        body: JSON.stringify({ key, number: String(number) }),
        signal: AbortSignal.timeout(requestMs),
      });
      const body = await response.text();
      if (response.status === 200) return requests;
      last = `${response.status} ${body}`;
      // An edge that has just started may not have read the contracts yet.
      if (response.status < 499 && response.status !== 404 && response.status !== 429) break;
    } catch (error) {
      last = String(error);
    }
    await delay(20);
  }
  throw new Error(`${key}-${number}: ${last}`);
}
