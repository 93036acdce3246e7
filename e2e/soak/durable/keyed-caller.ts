import { setTimeout as delay } from 'node:timers/promises';

/** What a call came to. */
export interface KeyedReply {
  readonly text: string;
  readonly replayed: boolean;
  /** Requests that it took. */
  readonly requests: number;
}

/** Statuses with which a caller with an idempotency key comes back: not over yet, too much, and whatever may pass. */
const again: ReadonlySet<number> = new Set([409, 429, 499, 500, 502, 503, 504]);

/** Longest time for one request, in milliseconds, and for all of them. */
const requestMs = 5_000;
const giveUpMs = 90_000;

/**
 * Makes one durable call by REST, and repeats it with its key until it has an answer: through edges that die under it,
 * one after the other.
 *
 * @throws Error for an answer that repeating it cannot change, or when there is none in 90 seconds.
 */
export async function callWithKey(edges: readonly string[], call: number): Promise<KeyedReply> {
  const giveUpAtMs = performance.now() + giveUpMs;
  let last = 'no answer';
  for (let requests = 1; performance.now() < giveUpAtMs; requests++) {
    try {
      const response = await fetch(`${edges[(call + requests) % edges.length]}/v1/work`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': `call-${call}` },
        body: JSON.stringify({ text: String(call) }),
        signal: AbortSignal.timeout(requestMs),
      });
      const body = await response.text();
      if (response.status === 200) {
        const { text } = JSON.parse(body) as { text: string };
        return { text, replayed: response.headers.has('idempotency-replayed'), requests };
      }
      last = `${response.status} ${body}`;
      if (!again.has(response.status)) break;
    } catch (error) {
      last = String(error);
    }
    await delay(20 + (call % 30));
  }
  throw new Error(`call ${call}: ${last}`);
}
