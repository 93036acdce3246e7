import { ConnectError } from '@connectrpc/connect';
import { retryAfterMs } from '../../errors/fault.ts';

/** Share of the delay that chance adds or takes: what failed together must not come back together. */
const jitter = 0.2;

/**
 * Wait before the next attempt, in milliseconds: it doubles from attempt to attempt up to a limit, and is never
 * shorter than what the error asks for (RetryInfo).
 *
 * @param attempt The one that failed, 1 for the first.
 */
export function retryDelayMs(
  { firstDelayMs, maxDelayMs }: { readonly firstDelayMs: number; readonly maxDelayMs: number },
  attempt: number,
  error: unknown,
  random: () => number = Math.random,
): number {
  const steady = Math.min(maxDelayMs, firstDelayMs * 2 ** Math.min(attempt - 1, 30));
  const asked = error instanceof ConnectError ? (retryAfterMs(error) ?? 0) : 0;
  return Math.max(asked, steady * (1 - jitter + 2 * jitter * random()));
}
