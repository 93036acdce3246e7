/**
 * Holds back what an owner of a partition receives until everything that was under way elsewhere has come again, or was
 * acknowledged after all: with the owner before it, or on its way over a connection that broke. Until then nobody knows
 * which keys it concerns, so nothing of the partition may begin.
 */
export interface ReturnGate {
  readonly open: boolean;
  /** An event arrived. */
  received(sequence: number): void;
  /** What the broker says about the durable, while `held` events of it are here. */
  looked(state: { readonly unacknowledged: number; readonly held: number }): void;
}

/**
 * @param deliveredTo Last place in the stream that had been delivered to anybody when the owner looked.
 * @param unacknowledged How many events had been delivered and not acknowledged then, and were not here.
 */
export function createReturnGate(deliveredTo: number, unacknowledged: number): ReturnGate {
  const returned = new Set<number>();
  let open = unacknowledged === 0;
  return {
    get open() {
      return open;
    },
    received(sequence) {
      if (open || sequence > deliveredTo) return;
      returned.add(sequence);
      if (returned.size >= unacknowledged) open = true;
    },
    looked(state) {
      // Whatever is under way is here.
      if (state.unacknowledged <= state.held) open = true;
    },
  };
}
