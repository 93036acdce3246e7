import { describe, expect, it } from 'vitest';
import { lostPlaces } from './lost-places.ts';

const state = { firstSequence: 5, lastSequence: 9, created: '2026-11-30T00:00:00Z', subjects: [] };

describe('lostPlaces()', () => {
  it.each([
    { name: 'nothing', place: 4, now: state, lost: undefined },
    { name: 'nothing of what was read', place: 9, now: state, lost: undefined },
    { name: 'what the head has lost', place: 2, now: state, lost: { from: 3, to: 4, why: 'removed' } },
    {
      name: 'all, in an empty stream',
      place: 7,
      now: { ...state, firstSequence: 10 },
      lost: { from: 8, to: 9, why: 'removed' },
    },
    { name: 'a place that never was', place: 12, now: state, lost: { from: 1, to: 12, why: 'began-anew' } },
    {
      name: 'another stream',
      place: 6,
      now: { ...state, created: '2026-11-30T01:00:00Z' },
      lost: { from: 1, to: 6, why: 'began-anew' },
    },
  ])('tells $name', ({ place, now, lost }) => {
    expect(lostPlaces(place, state, now)).toEqual(lost);
  });
});
