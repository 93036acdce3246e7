import { describe, expect, it } from 'vitest';
import { readTiming, type Timing, timingFields } from './timing.ts';

describe('timingFields()', () => {
  it.each<[string, Timing, string]>([
    ['five fields', { cron: '30 2 * * *' }, '0 30 2 * * *'],
    ['six fields', { cron: '*/5 0 2  * * MON-FRI' }, '*/5 0 2 * * MON-FRI'],
    ['a shortcut', { cron: '@daily' }, '@daily'],
  ])('writes %s as the broker does', (_, timing, pattern) => {
    expect(timingFields(timing)).toEqual({ 'Nats-Schedule': pattern });
  });

  it.each([
    { seconds: 1, pattern: '*/1 * * * * *' },
    { seconds: 15, pattern: '*/15 * * * * *' },
    { seconds: 60, pattern: '0 * * * * *' },
    { seconds: 900, pattern: '0 */15 * * * *' },
    { seconds: 3_600, pattern: '0 0 * * * *' },
    { seconds: 21_600, pattern: '0 0 */6 * * *' },
    { seconds: 86_400, pattern: '0 0 0 * * *' },
    { seconds: 7, pattern: '@every 7s' },
    { seconds: 90, pattern: '@every 90s' },
    { seconds: 172_800, pattern: '@every 172800s' },
  ])('has $seconds seconds fall on the clock where they can: $pattern', ({ seconds, pattern }) => {
    expect(timingFields({ everyMs: seconds * 1_000 })['Nats-Schedule']).toBe(pattern);
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
    ['everyMs must be whole seconds', { everyMs: 10 }],
    ['everyMs must be whole seconds', { everyMs: 1_500 }],
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
    const read = (name: string) => fields[name] ?? '';
    expect(readTiming(read('Nats-Schedule'), read('Nats-Schedule-Time-Zone'), read('bl-every'))).toEqual(
      timing,
    );
  });
});
