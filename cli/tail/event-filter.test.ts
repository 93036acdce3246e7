import { describe, expect, it } from 'vitest';
import { CommandFailure } from '../program/command-failure.ts';
import { parseFilters } from './event-filter.ts';

const event = {
  customerId: 'ada',
  total: { units: '9' },
  gift: true,
  lines: [{ sku: 'tea' }, { sku: 'mug' }],
};

describe('parseFilters()', () => {
  it.each([
    { tests: ['customerId=ada'], fits: true },
    { tests: ['customerId=ad'], fits: false },
    { tests: ['customerId~AD'], fits: true },
    { tests: ['customerId!=eve'], fits: true },
    { tests: ['customerId!=ada'], fits: false },
    { tests: ['total.units>5'], fits: true },
    { tests: ['total.units<9'], fits: false },
    { tests: ['gift=true'], fits: true },
    { tests: ['lines.sku=mug'], fits: true },
    { tests: ['lines.sku!=mug'], fits: false },
    { tests: ['nothing.there=x'], fits: false },
    { tests: ['customerId=ada', 'gift=false'], fits: false },
  ])('finds $fits for $tests', ({ tests, fits }) => {
    expect(parseFilters(tests)(event)).toBe(fits);
  });

  it.each(['customerId', '=x', 'a>b', 'a>'])('refuses %s', (test) => {
    expect(() => parseFilters([test])).toThrow(CommandFailure);
  });
});
