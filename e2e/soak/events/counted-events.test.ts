import { describe, expect, it } from 'vitest';
import { tally } from './counted-events.ts';

const published = new Map([
  ['k1', 3],
  ['k2', 1],
]);

describe('tally()', () => {
  it.each([
    { handled: ['k1 1', 'k2 1', 'k1 2', 'k1 3'], counts: { lost: 0, repeated: 0, disordered: 0 } },
    { handled: ['k1 1', 'k1 2', 'k1 1', 'k2 1', 'k1 3'], counts: { lost: 0, repeated: 1, disordered: 0 } },
    { handled: ['k1 2', 'k1 1', 'k1 3', 'k2 1'], counts: { lost: 0, repeated: 0, disordered: 1 } },
    { handled: ['k1 1', 'k1 3'], counts: { lost: 2, repeated: 0, disordered: 0 } },
  ])('of $handled is $counts', ({ handled, counts }) => {
    const result = tally(published, handled);
    expect(result).toMatchObject(counts);
    expect(result.violations).toHaveLength(counts.lost + counts.disordered);
  });
});
