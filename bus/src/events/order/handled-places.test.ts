import { describe, expect, it } from 'vitest';
import { createHandledPlaces } from './handled-places.ts';

describe('createHandledPlaces()', () => {
  it('remembers what the broker may not know, and no more', () => {
    const places = createHandledPlaces();
    for (const sequence of [3, 5, 9]) places.add(sequence);
    expect([3, 4, 5, 9].map((sequence) => places.has(sequence))).toEqual([true, false, true, true]);
    places.acknowledgedTo(5);
    expect(places.size).toBe(1);
    expect([3, 4, 9, 10].map((sequence) => places.has(sequence))).toEqual([true, true, true, false]);
  });
});
