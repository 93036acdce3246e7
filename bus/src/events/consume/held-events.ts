import type { Acknowledger } from './acknowledge.ts';
import type { EventWork } from './event-work.ts';

/** The events of a consumer that are here and not settled, by their place in the stream. */
export interface HeldEvents {
  get(sequence: number): EventWork | undefined;
  add(work: EventWork): void;
  /** False when it was not here. */
  remove(work: EventWork): boolean;
  /** How many came from a durable. */
  of(durable: string): number;
  all(): EventWork[];
  close(): void;
}

/**
 * Keeps the broker from delivering again what is here: it hears of each event every third of the time it waits.
 *
 * @param ackWaitMs How long the broker waits for a sign of life.
 */
export function createHeldEvents(acknowledger: Acknowledger, ackWaitMs: number): HeldEvents {
  const held = new Map<number, EventWork>();
  const counts = new Map<string, { events: number }>();
  const everyMs = ackWaitMs / 3;
  const countOf = (durable: string): { events: number } => {
    let count = counts.get(durable);
    if (count === undefined) {
      count = { events: 0 };
      counts.set(durable, count);
    }
    return count;
  };
  const tellProgress = (): void => {
    const nowMs = performance.now();
    for (const work of held.values()) {
      if (nowMs - work.heardOfAtMs < everyMs) continue;
      work.heardOfAtMs = nowMs;
      acknowledger.progress(work.ackSubject);
    }
  };
  const timer = setInterval(tellProgress, everyMs / 2);
  return {
    get: (sequence) => held.get(sequence),
    add(work) {
      held.set(work.delivery.sequence, work);
      countOf(work.delivery.durable).events++;
    },
    remove(work) {
      const { sequence, durable } = work.delivery;
      if (held.get(sequence) !== work) return false;
      held.delete(sequence);
      countOf(durable).events--;
      return true;
    },
    of: (durable) => countOf(durable).events,
    all: () => [...held.values()],
    close: () => clearInterval(timer),
  };
}
