import type { Slot } from './slot.ts';

/** All instances of one worker, or the edge, or NATS. */
export interface Replicas {
  readonly name: string;
  readonly slots: readonly Slot[];
  start(): Promise<void>;
  /** Replaces every instance by a new one. Rejects with the first failure, leaving the instances it concerns as they were. */
  replace(): Promise<void>;
  stop(): Promise<void>;
}

/** Creates the slots `<name>-1` to `<name>-<count>`. */
export function createReplicas(
  name: string,
  count: number,
  createSlot: (instance: string) => Slot,
): Replicas {
  const slots = Array.from({ length: count }, (_, index) => createSlot(`${name}-${index + 1}`));
  return {
    name,
    slots,
    async start() {
      await all(slots, (slot) => slot.start());
    },
    async replace() {
      // One after the other: new code that does not start costs one attempt, and the machine one extra process.
      for (const slot of slots) await slot.replace();
    },
    async stop() {
      await all(slots, (slot) => slot.stop());
    },
  };
}

/** Waits for all even when one fails, so that nothing is left half done behind the failure. */
export async function all<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const results = await Promise.allSettled(items.map(work));
  const failure = results.find((result) => result.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}
