import { createDurationHistogram, type Durations } from './duration-histogram.ts';

/** What a consumer has done with one type of event in this process. */
export interface EventStats {
  /** Attempts that ended well. */
  readonly handled: number;
  /** Attempts that failed and will be repeated. */
  readonly retried: number;
  /** Events it gave up. */
  readonly deadLettered: number;
  /** Time in handlers, attempts that failed included. */
  readonly handling: Durations;
  /** How old events were when their handler began: from being stored. */
  readonly ages: Durations;
}

export type EventOutcome = 'handled' | 'retried' | 'dead-lettered';

export interface EventRecorder {
  began(ageMs: number): void;
  ended(durationMs: number, outcome: EventOutcome): void;
  /** Gave an event up that was never handled: it cannot be read. */
  unreadable(): void;
  snapshot(): EventStats;
}

/** The consumers of this process, by the types they handle. */
export interface HandledEvents {
  of(consumer: string, type: string): EventRecorder;
  stats(): { readonly consumer: string; readonly type: string; readonly stats: EventStats }[];
}

export function createHandledEvents(): HandledEvents {
  const all = new Map<string, { consumer: string; type: string; recorder: EventRecorder }>();
  return {
    of(consumer, type) {
      const name = `${consumer} ${type}`;
      let entry = all.get(name);
      if (entry === undefined) {
        entry = { consumer, type, recorder: createEventRecorder() };
        all.set(name, entry);
      }
      return entry.recorder;
    },
    stats: () =>
      [...all.values()].map(({ consumer, type, recorder }) => ({
        consumer,
        type,
        stats: recorder.snapshot(),
      })),
  };
}

function createEventRecorder(): EventRecorder {
  const handling = createDurationHistogram();
  const ages = createDurationHistogram();
  const counts = { handled: 0, retried: 0, 'dead-lettered': 0 };
  return {
    began: (ageMs) => ages.record(ageMs),
    ended(durationMs, outcome) {
      handling.record(durationMs);
      counts[outcome]++;
    },
    unreadable() {
      counts['dead-lettered']++;
    },
    snapshot: () => ({
      handled: counts.handled,
      retried: counts.retried,
      deadLettered: counts['dead-lettered'],
      handling: handling.snapshot(),
      ages: ages.snapshot(),
    }),
  };
}
