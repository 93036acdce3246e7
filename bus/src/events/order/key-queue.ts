import type { EventWork } from '../consume/event-work.ts';
import type { WorkQueue } from '../consume/work-queue.ts';

/** Events with one key, by their place in the stream. The first may be running. */
interface Lane {
  readonly key: string;
  readonly works: EventWork[];
  /** Whether the first has begun and is not over. */
  busy: boolean;
  /** Whether it is among those whose first may begin. */
  ready: boolean;
}

/** Events with the same key one after another, by their place in the stream; those of different keys as they come. */
export function createKeyQueue(keyOf: (work: EventWork) => string): WorkQueue {
  const lanes = new Map<string, Lane>();
  // Lanes whose first event may begin, each once.
  const ready: Lane[] = [];

  const makeReady = (lane: Lane): void => {
    if (lane.ready) return;
    lane.ready = true;
    ready.push(lane);
  };
  return {
    push(work) {
      const key = keyOf(work);
      const lane = lanes.get(key);
      if (lane === undefined) {
        const begun: Lane = { key, works: [work], busy: false, ready: false };
        lanes.set(key, begun);
        makeReady(begun);
        return;
      }
      insert(lane, work);
    },
    get hasNext() {
      return ready.length > 0;
    },
    next() {
      const lane = ready.shift();
      if (lane === undefined) return undefined;
      lane.busy = true;
      lane.ready = false;
      return lane.works[0];
    },
    done(work) {
      const lane = lanes.get(keyOf(work));
      if (lane === undefined || lane.works[0] !== work) return;
      lane.works.shift();
      lane.busy = false;
      if (lane.works.length === 0) lanes.delete(lane.key);
      else makeReady(lane);
    },
    again(work) {
      const lane = lanes.get(keyOf(work));
      if (lane === undefined || lane.works[0] !== work) return;
      lane.busy = false;
      makeReady(lane);
    },
    takeAll() {
      const taken: EventWork[] = [];
      for (const lane of lanes.values()) {
        taken.push(...lane.works.splice(lane.busy ? 1 : 0));
        if (lane.works.length === 0) lanes.delete(lane.key);
      }
      for (const lane of ready.splice(0)) lane.ready = false;
      return taken.toSorted((a, b) => a.delivery.sequence - b.delivery.sequence);
    },
  };
}

/** Where its place in the stream says, but never before one that has begun. */
function insert({ works, busy }: Lane, work: EventWork): void {
  let at = works.length;
  const least = busy ? 1 : 0;
  while (at > least && (works[at - 1] as EventWork).delivery.sequence > work.delivery.sequence) at--;
  works.splice(at, 0, work);
}
