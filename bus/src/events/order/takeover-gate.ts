/**
 * Holds back what a new owner of a partition receives until everything that the owner before it had under way has come
 * again, or was acknowledged after all. Until then nobody knows which keys it concerns, so nothing of the partition may
 * begin.
 */
export interface TakeoverGate {
  readonly open: boolean;
  /** An event arrived. */
  received(sequence: number): void;
  /** What the broker says about the durable, while `held` events of it are here. */
  looked(state: { readonly unacknowledged: number; readonly held: number }): void;
}

/**
 * @param deliveredTo Last place in the stream that had been delivered to anybody when the partition was taken over.
 * @param unacknowledged How many events had been delivered and not acknowledged then.
 */
export function createTakeoverGate(deliveredTo: number, unacknowledged: number): TakeoverGate {
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
