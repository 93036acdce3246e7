/**
 * Bounds retries to a share of the calls, so that a fault that hits every call is not doubled by those who
 * suffer from it (the idea of gRPC's and Finagle's budgets).
 */
export interface RetryBudget {
  /** Notes a call. */
  deposit(): void;
  /** Takes the right to one retry; false when there is none left. */
  withdraw(): boolean;
}

/**
 * Retries that may follow each other before calls have earned more: one lost worker with its default limit of
 * calls under way at once (256) fits, and a retry storm does not.
 */
const capacity = 300;

/** What a call earns: in the long run one retry per ten calls. */
const earnedPerCall = 0.1;

export function createRetryBudget(): RetryBudget {
  let balance = capacity;
  return {
    deposit() {
      balance = Math.min(capacity, balance + earnedPerCall);
    },
    withdraw() {
      if (balance < 1) return false;
      balance -= 1;
      return true;
    },
  };
}
