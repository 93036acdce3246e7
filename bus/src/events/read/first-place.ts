import type { DirectQuery, DirectReader } from './direct-reader.ts';
import type { ReadFrom } from './read-options.ts';
import type { StreamState } from './stream-state.ts';

/** Asks for one message, and for how many there are behind it. */
type Probe = (from: DirectQuery['from']) => ReturnType<DirectReader['read']>;

/** The place behind which reading begins. */
export async function placeBefore(from: ReadFrom, state: StreamState, probe: Probe): Promise<number> {
  const oldest = Math.max(1, state.firstSequence);
  if (from === 'start') return oldest - 1;
  if (from === 'now') return state.lastSequence;
  if ('sequence' in from) return from.sequence - 1;
  if ('after' in from) return from.after;
  if ('time' in from) {
    const { messages } = await probe({ time: from.time });
    return messages[0] === undefined ? state.lastSequence : messages[0].sequence - 1;
  }
  return await placeBeforeLast(from.last, { oldest, newest: state.lastSequence }, probe);
}

/**
 * The broker reads forwards only, but says how much is left of a filter: the place with `count` left is found by halving,
 * some 30 short requests in a stream of a billion.
 */
async function placeBeforeLast(
  count: number,
  { oldest, newest }: { readonly oldest: number; readonly newest: number },
  probe: Probe,
): Promise<number> {
  const left = async (sequence: number): Promise<number> => {
    const { messages, pending } = await probe({ sequence });
    return messages.length + pending;
  };
  // At least `count` are left at `low`, fewer at `high`; unless there are fewer in all.
  let low = oldest;
  let high = newest + 1;
  while (high - low > 1) {
    const middle = low + Math.floor((high - low) / 2);
    if ((await left(middle)) >= count) low = middle;
    else high = middle;
  }
  return low - 1;
}
