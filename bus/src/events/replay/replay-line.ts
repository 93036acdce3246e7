import { readEventSubject } from '../contract/event-subject.ts';
import type { OriginalEvent } from '../envelope/repetition.ts';

/** Events that wait to be sent again. */
export interface ReplayLine {
  /** Those that may be sent now, in the order of the stream; none when there are no more. */
  take(): Promise<OriginalEvent[]>;
  /** Place of the first that was not taken; undefined when all were. */
  readonly resumeFrom: number | undefined;
}

/** Events of keys that wait, for each that may be sent: looks further for other keys, and no further than that. */
const readAhead = 4;
/** Bytes of messages that may wait or be sent at once: many events are small, and some are 1 MiB. */
const mostBytes = 16 * 1024 * 1024;

/**
 * Hands out events by the `most`. In order, each time at most one of each key: the next may be sent when it is handled.
 * Reads no further ahead than four times as many, or 16 MiB.
 */
export function createReplayLine(
  source: AsyncIterator<OriginalEvent>,
  { ordered, most }: { readonly ordered: boolean; readonly most: number },
): ReplayLine {
  let waiting: OriginalEvent[] = [];
  let ended = false;
  let readTo = 0;
  let bytes = 0;
  const fill = async (count: number): Promise<void> => {
    while (!ended && waiting.length < count && bytes < mostBytes) {
      const { done, value } = await source.next();
      if (done === true) ended = true;
      else {
        waiting.push(value);
        bytes += value.body.length;
        readTo = value.sequence;
      }
    }
  };
  return {
    async take() {
      await fill(ordered ? most * readAhead : most);
      const taken = new Set<OriginalEvent>();
      const keys = new Set<string>();
      for (const event of waiting) {
        if (taken.size === most) break;
        const key = readEventSubject(event.subject)?.key ?? '';
        if (ordered && keys.has(key)) continue;
        keys.add(key);
        taken.add(event);
        bytes -= event.body.length;
      }
      waiting = waiting.filter((event) => !taken.has(event));
      return [...taken];
    },
    get resumeFrom() {
      if (waiting[0] !== undefined) return waiting[0].sequence;
      return ended ? undefined : readTo + 1;
    },
  };
}
