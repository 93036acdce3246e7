import type { Slot } from './slot.ts';

/** All instances of one worker, or the edge, or NATS. */
export interface Replicas {
  readonly name: string;
  /** Those there are now. */
  readonly slots: readonly Slot[];
  start(): Promise<void>;
  /** Replaces every instance by a new one. Rejects with the first failure, leaving the instances it concerns as they were. */
  replace(): Promise<void>;
  /**
   * Starts or ends instances until there are so many: those that came last go first. Resolves when the new ones are ready
   * and the others have finished their work. Rejects with the first that did not become ready, which is not there then.
   */
  scale(count: number): Promise<void>;
  /** Ends one instance by its name, `<name>-<n>`; it finishes its work. False when there is none. */
  remove(instance: string): Promise<boolean>;
  stop(): Promise<void>;
}

/** Creates the slots `<name>-1` to `<name>-<count>`. */
export function createReplicas(
  name: string,
  count: number,
  createSlot: (instance: string) => Slot,
): Replicas {
  let slots = Array.from({ length: count }, (_, index) => createSlot(`${name}-${index + 1}`));
  let stopped = false;
  const take = (slot: Slot): void => {
    slots = slots.filter((one) => one !== slot);
  };
  /** The lowest number that is free: a name that is known again has its log again. */
  const freeName = (): string => {
    const taken = new Set(slots.map((slot) => slot.name));
    let number = 1;
    while (taken.has(`${name}-${number}`)) number++;
    return `${name}-${number}`;
  };
  const add = async (): Promise<void> => {
    const slot = createSlot(freeName());
    slots = [...slots, slot];
    try {
      await slot.start();
    } catch (error) {
      take(slot);
      throw error;
    }
  };
  const end = async (slot: Slot): Promise<void> => {
    take(slot);
    await slot.stop();
  };
  return {
    name,
    get slots() {
      return slots;
    },
    async start() {
      await all(slots, (slot) => slot.start());
    },
    async replace() {
      // One after the other: new code that does not start costs one attempt, and the machine one extra process.
      for (const slot of slots) await slot.replace();
    },
    async scale(wanted) {
      if (stopped) return;
      const more = Array.from({ length: Math.max(0, wanted - slots.length) });
      await Promise.all([all(slots.slice(wanted), end), all(more, add)]);
    },
    async remove(instance) {
      const slot = slots.find((one) => one.name === instance);
      if (slot !== undefined) await end(slot);
      return slot !== undefined;
    },
    async stop() {
      stopped = true;
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
