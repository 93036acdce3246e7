import { describe, expect, it } from 'vitest';
import { misplaced, tally } from './tally.ts';

describe('tally()', () => {
  it.each([
    { handled: ['a 1', 'a 2', 'b 1'], counts: { lost: 0, duplicated: 0, invented: 0 } },
    { handled: ['a 1', 'b 1'], counts: { lost: 1, duplicated: 0, invented: 0 } },
    { handled: ['a 1', 'a 2', 'a 1', 'b 1', 'a 1'], counts: { lost: 0, duplicated: 2, invented: 0 } },
    { handled: ['a 1', 'a 2', 'b 1', 'b 2'], counts: { lost: 0, duplicated: 0, invented: 1 } },
  ])('of $handled is $counts', ({ handled, counts }) => {
    const { violations, ...result } = tally(['a 1', 'a 2', 'b 1'], handled);
    expect(result).toEqual(counts);
    expect(violations).toHaveLength(Math.min(1, counts.lost + counts.duplicated + counts.invented));
  });
});

describe('misplaced()', () => {
  const stream = (...lines: [string, number][]) =>
    lines.map(([key, number], index) => ({ sequence: index + 1, key, number }));

  it.each([
    [stream(['a', 1], ['b', 1], ['a', 2]).reverse(), []],
    [stream(['a', 1], ['a', 1]), ['a: 1 is stored after 1']],
    [stream(['a', 2], ['a', 3]), ['a: 2 is stored after 0']],
    [stream(['a', 1], ['a', 3], ['a', 2]), ['a: 3 is stored after 1', 'a: 2 is stored after 3']],
  ])('%#', (stored, expected) => {
    expect(misplaced(stored)).toEqual(expected);
  });
});
