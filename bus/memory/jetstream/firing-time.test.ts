import { describe, expect, it } from 'vitest';
import { nextFiring, readFiringTime } from './firing-time.ts';

const from = '2026-03-28T23:59:30.500Z';

describe('nextFiring()', () => {
  it.each([
    ['@at 2026-04-01T00:00:00Z', '', '2026-04-01T00:00:00.000Z'],
    ['@every 90s', '', '2026-03-29T00:01:00.500Z'],
    ['* * * * * *', '', '2026-03-28T23:59:31.000Z'],
    ['*/5 * * * * *', '', '2026-03-28T23:59:35.000Z'],
    ['0 0 2 * * *', '', '2026-03-29T02:00:00.000Z'],
    ['@monthly', '', '2026-04-01T00:00:00.000Z'],
    ['0 30 9 * * MON-FRI', '', '2026-03-30T09:30:00.000Z'],
    ['0 0 0 29 2 *', '', '2028-02-29T00:00:00.000Z'],
    ['0 0 0 1 * SUN', '', '2026-03-29T00:00:00.000Z'],
    // Berlin's clocks go from 2 to 3 in this night: half past two comes the night after.
    ['0 30 2 * * *', 'Europe/Berlin', '2026-03-30T00:30:00.000Z'],
    ['0 0 8 * JAN,JUL 7', 'America/New_York', '2026-07-05T12:00:00.000Z'],
  ])('of %s in %s', (pattern, timeZone, expected) => {
    const time = readFiringTime(pattern, timeZone) ?? expect.fail('it cannot be read');
    expect(new Date(nextFiring(time, Date.parse(from)) ?? 0).toISOString()).toBe(expected);
  });

  it('is none where there is no such day', () => {
    const time = readFiringTime('0 0 0 31 2 *') ?? expect.fail('it cannot be read');
    expect(nextFiring(time, Date.parse(from))).toBeUndefined();
  });
});

it.each([
  '',
  '@at soon',
  '* * * * *',
  '60 * * * * *',
  '0 0 24 * * *',
  '0 0 0 0 * *',
  'a * * * * *',
  '*/0 * * * * *',
])('cannot read "%s"', (pattern) => {
  expect(readFiringTime(pattern)).toBeUndefined();
});
