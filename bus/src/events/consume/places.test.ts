import { describe, expect, it } from 'vitest';
import { createPlaces } from './places.ts';

describe('createPlaces()', () => {
  it('has no more than its limit', () => {
    const places = createPlaces(2);
    expect([places.take(), places.take(), places.take()]).toEqual([true, true, false]);
    places.give();
    expect(places.take()).toBe(true);
  });

  it('gives each who waits a turn', () => {
    const places = createPlaces(1);
    const turns: string[] = [];
    for (const name of ['a', 'b', 'c']) {
      places.wait(() => {
        if (places.take()) turns.push(name);
      });
    }
    places.take();
    for (let n = 0; n < 6; n++) places.give();
    expect(turns).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
  });
});
