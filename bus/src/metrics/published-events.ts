import { createDurationHistogram, type Durations } from './duration-histogram.ts';

/** What was published of one type of event from this process. */
export interface PublishStats {
  /** Events the broker has stored. */
  readonly sent: number;
  /** Events of which that is not known, or known not to be so. */
  readonly failed: number;
  /** From `publish` to the broker's word. Events of `publishAll` are not in it: theirs waits for the window. */
  readonly durations: Durations;
}

export interface PublishRecorder {
  stored(durationMs: number | undefined): void;
  failed(): void;
  snapshot(): PublishStats;
}

/** The types of events that are published from here. As many as there are contracts in the process. */
export interface PublishedEvents {
  of(type: string): PublishRecorder;
  stats(): { readonly type: string; readonly stats: PublishStats }[];
}

export function createPublishedEvents(): PublishedEvents {
  const byType = new Map<string, PublishRecorder>();
  return {
    of(type) {
      let recorder = byType.get(type);
      if (recorder === undefined) {
        recorder = createPublishRecorder();
        byType.set(type, recorder);
      }
      return recorder;
    },
    stats: () => [...byType].map(([type, recorder]) => ({ type, stats: recorder.snapshot() })),
  };
}

function createPublishRecorder(): PublishRecorder {
  const durations = createDurationHistogram();
  let sent = 0;
  let failed = 0;
  return {
    stored(durationMs) {
      sent++;
      if (durationMs !== undefined) durations.record(durationMs);
    },
    failed() {
      failed++;
    },
    snapshot: () => ({ sent, failed, durations: durations.snapshot() }),
  };
}
