/**
 * The callers that have had a receipt from this service here. A caller's first call is receipted at once, so that it
 * knows the instance before it could miss it: the death of an instance nobody knew is no evidence of anything.
 */
export interface Introductions {
  /** Whether `inbox` has not been seen before; it has been from now on. */
  isNew(inbox: string): boolean;
}

/** Callers remembered. One that is forgotten gets a second early receipt, which does no harm. */
const maxCallers = 10_000;

export function createIntroductions(): Introductions {
  const known = new Set<string>();
  // Calls of one caller mostly come in runs.
  let last = '';
  return {
    isNew(inbox) {
      if (inbox === last) return false;
      last = inbox;
      if (known.has(inbox)) return false;
      if (known.size >= maxCallers) known.clear();
      known.add(inbox);
      return true;
    },
  };
}
