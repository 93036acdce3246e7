import { describe, expect, it } from 'vitest';
import { dayBefore, dayOf } from './shop-day.ts';

describe("the shop's day", () => {
  it.each([
    { moment: '2026-11-30T22:59:59Z', day: '2026-11-30', before: '2026-11-29' },
    { moment: '2026-11-30T23:00:00Z', day: '2026-12-01', before: '2026-11-30' },
    { moment: '2026-12-31T23:05:00Z', day: '2027-01-01', before: '2026-12-31' },
    // The clocks are put forward, and back.
    { moment: '2026-03-29T22:05:00Z', day: '2026-03-30', before: '2026-03-29' },
    { moment: '2026-10-25T23:05:00Z', day: '2026-10-26', before: '2026-10-25' },
  ])('of $moment is $day, after $before', ({ moment, day, before }) => {
    expect(dayOf(new Date(moment))).toBe(day);
    expect(dayBefore(new Date(moment))).toBe(before);
  });
});
