import type { EventGap } from './stored-event.ts';
import type { StreamState } from './stream-state.ts';

/** What a stream has no more, of that which comes behind `place`. */
export function lostPlaces(
  place: number,
  before: StreamState,
  now: StreamState,
): Pick<EventGap, 'from' | 'to' | 'why'> | undefined {
  // A place that the stream has never had is one of another stream, too: that of an onlooker who was away.
  if (before.created !== now.created || place > now.lastSequence) {
    return { from: 1, to: place, why: 'began-anew' };
  }
  if (now.firstSequence <= place + 1) return undefined;
  return { from: place + 1, to: now.firstSequence - 1, why: 'removed' };
}
