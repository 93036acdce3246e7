import { describe, expect, it } from 'vitest';
import type { DirectBatch } from './direct-reader.ts';
import { placeBefore } from './first-place.ts';
import type { ReadFrom } from './read-options.ts';

/** Places of a stream from 3 to 12 that the filter lets pass. */
const matching = [4, 5, 9, 12];
const state = { firstSequence: 3, lastSequence: 12, created: '', subjects: [] };

async function probe(from: { sequence: number } | { time: Date }): Promise<DirectBatch> {
  const least = 'time' in from ? from.time.getTime() : from.sequence;
  const [sequence, ...others] = matching.filter((place) => place >= least);
  if (sequence === undefined) return { messages: [], pending: 0 };
  const none = new Uint8Array(0);
  const message = { sequence, subject: '', storedAt: new Date(sequence), head: none, body: none };
  return { messages: [message], pending: others.length };
}

describe('placeBefore()', () => {
  it.each<{ from: ReadFrom; before: number }>([
    { from: 'start', before: 2 },
    { from: 'now', before: 12 },
    { from: { sequence: 5 }, before: 4 },
    { from: { after: 5 }, before: 5 },
    { from: { time: new Date(6) }, before: 8 },
    { from: { time: new Date(13) }, before: 12 },
    { from: { last: 1 }, before: 11 },
    { from: { last: 2 }, before: 8 },
    { from: { last: 4 }, before: 3 },
    { from: { last: 9 }, before: 2 },
  ])('finds $from', async ({ from, before }) => {
    expect(await placeBefore(from, state, probe)).toBe(before);
  });
});
