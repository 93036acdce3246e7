import { describe, expect, it } from 'vitest';
import { readTiming, type Timing, timingFields } from './timing.ts';

describe('timingFields()', () => {
  it.each<[string, Timing, string]>([
    ['five fields', { cron: '30 2 * * *' }, '0 30 2 * * *'],
    ['six fields', { cron: '*/5 0 2  * * MON-FRI' }, '*/5 0 2 * * MON-FRI'],
    ['a shortcut', { cron: '@daily' }, '@daily'],
    ['an interval', { everyMs: 1_500 }, '@every 1500ms'],
  ])('writes %s as the broker does', (_, timing, pattern) => {
    expect(timingFields(timing)).toEqual({ 'Nats-Schedule': pattern });
  });

  it('names the time zone', () => {
    expect(timingFields({ cron: '@daily', timeZone: 'Europe/Berlin' })).toEqual({
      'Nats-Schedule': '@daily',
      'Nats-Schedule-Time-Zone': 'Europe/Berlin',
    });
  });

  it.each<[string, Timing]>([
    ['must have five fields', { cron: '1 2 3' }],
    ['a character that none may have', { cron: '1 2 3 4 5\n' + 'x:' }],
    ['must have five fields', { cron: '@sometimes' }],
    ['no time zone "Mars/North"', { cron: '@daily', timeZone: 'Mars/North' }],
    ['everyMs must be a whole number from 1,000', { everyMs: 10 }],
  ])('says that it %s', (problem, timing) => {
    expect(() => timingFields(timing)).toThrow(problem);
  });
});

describe('readTiming()', () => {
  it.each<Timing>([
    { cron: '30 2 * * *' },
    { cron: '5 30 2 * * *', timeZone: 'Europe/Berlin' },
    { cron: '@daily' },
    { everyMs: 60_000 },
  ])('reads what was written: %o', (timing) => {
    const fields = timingFields(timing);
    expect(readTiming(fields['Nats-Schedule'] as string, fields['Nats-Schedule-Time-Zone'])).toEqual(timing);
  });
});
