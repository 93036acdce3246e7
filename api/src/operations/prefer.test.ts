import { describe, expect, it } from 'vitest';
import { readPrefer } from './prefer.ts';

describe('readPrefer()', () => {
  it.each([
    [undefined, false, undefined],
    ['', false, undefined],
    ['respond-async', true, undefined],
    ['Respond-Async, wait=10', true, 10_000],
    ['wait = "5" , respond-async; foo="bar"', true, 5_000],
    ['wait=0', false, 0],
    ['wait=1, wait=2', false, 1_000],
    ['handling=lenient, return=minimal', false, undefined],
    ['wait=soon, respond-asynchronously', false, undefined],
    ['wait=-1', false, undefined],
    [',,=,;', false, undefined],
  ])('%j', (field, respondAsync, waitMs) => {
    expect(readPrefer(field)).toEqual({ respondAsync, waitMs });
  });
});
