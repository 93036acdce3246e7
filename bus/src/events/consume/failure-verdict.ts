import { DeadLetterReason } from '@busline/schemas/busline/deadletters/v1/deadletters';
import { ConnectError } from '@connectrpc/connect';
import { codeTable } from '../../errors/code-table.ts';
import { retryDelayMs } from './retry-delay.ts';

/** What becomes of an event whose handler failed. */
export type FailureVerdict =
  | { readonly kind: 'again'; readonly delayMs: number }
  | { readonly kind: 'dead-letter'; readonly reason: DeadLetterReason };

/** How often, and how soon, a consumer tries. */
export interface AttemptLimits {
  readonly maxAttempts: number;
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
}

/**
 * Decides by the code of the error (docs/errors.md, column "event") and the number of attempts. What is no ConnectError
 * is mostly a bug or an outage of the moment, and tried again.
 *
 * @param attempt The one that failed, 1 for the first.
 */
export function failureVerdict(thrown: unknown, attempt: number, limits: AttemptLimits): FailureVerdict {
  if (thrown instanceof ConnectError && codeTable[thrown.code].eventFate === 'dead-letter') {
    return { kind: 'dead-letter', reason: DeadLetterReason.TERMINAL_ERROR };
  }
  if (attempt >= limits.maxAttempts) {
    return { kind: 'dead-letter', reason: DeadLetterReason.ATTEMPTS_EXHAUSTED };
  }
  return { kind: 'again', delayMs: retryDelayMs(limits, attempt, thrown) };
}
