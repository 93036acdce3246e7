/** When a schedule of JetStream fires (ADR-51 of NATS). */
export type FiringTime =
  | { readonly kind: 'once'; readonly atMs: number }
  | { readonly kind: 'every'; readonly everyMs: number }
  | { readonly kind: 'cron'; readonly fields: CronFields; readonly timeZone: string };

interface CronFields {
  readonly second: ReadonlySet<number>;
  readonly minute: ReadonlySet<number>;
  readonly hour: ReadonlySet<number>;
  readonly day: ReadonlySet<number>;
  readonly month: ReadonlySet<number>;
  readonly weekday: ReadonlySet<number>;
  /** Either of day and weekday is enough where both are restricted, as cron has it. */
  readonly dayIsAny: boolean;
  readonly weekdayIsAny: boolean;
}

const shortcuts: Readonly<Record<string, string>> = {
  '@hourly': '0 0 * * * *',
  '@daily': '0 0 0 * * *',
  '@midnight': '0 0 0 * * *',
  '@weekly': '0 0 0 * * 0',
  '@monthly': '0 0 0 1 * *',
  '@yearly': '0 0 0 1 1 *',
  '@annually': '0 0 0 1 1 *',
};

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** Reads `@at <time>`, `@every <n>s` or six fields of cron; undefined for anything else. */
export function readFiringTime(pattern: string, timeZone = ''): FiringTime | undefined {
  const at = /^@at (.+)$/.exec(pattern)?.[1];
  if (at !== undefined) {
    const atMs = Date.parse(at);
    return Number.isNaN(atMs) ? undefined : { kind: 'once', atMs };
  }
  const every = /^@every (\d+)s$/.exec(pattern)?.[1];
  if (every !== undefined) return { kind: 'every', everyMs: Number(every) * 1_000 };
  const parts = (shortcuts[pattern] ?? pattern).trim().split(/\s+/);
  if (parts.length !== 6) return undefined;
  const [second, minute, hour, day, month, weekday] = [
    readField(parts[0], 0, 59),
    readField(parts[1], 0, 59),
    readField(parts[2], 0, 23),
    readField(parts[3], 1, 31),
    readField(parts[4], 1, 12, months),
    readField(parts[5], 0, 7, weekdays),
  ];
  if (!second || !minute || !hour || !day || !month || !weekday) return undefined;
  if (weekday.has(7)) weekday.add(0);
  const isAny = (part = ''): boolean => /^[*?]/.test(part);
  const [dayIsAny, weekdayIsAny] = [isAny(parts[3]), isAny(parts[5])];
  return {
    kind: 'cron',
    fields: { second, minute, hour, day, month, weekday, dayIsAny, weekdayIsAny },
    timeZone: timeZone === '' ? 'UTC' : timeZone,
  };
}

/** `*`, `5`, `1-5`, `*\/10`, `MON`, and lists of them; undefined for what is none of these. */
function readField(
  text: string | undefined,
  least: number,
  most: number,
  names: readonly string[] = [],
): Set<number> | undefined {
  const values = new Set<number>();
  const numberOf = (word: string): number => {
    const place = names.indexOf(word.toLowerCase());
    return place >= 0 ? place + (names === months ? 1 : 0) : Number(word);
  };
  for (const part of (text ?? '').split(',')) {
    const [range = '', step = '1'] = part.split('/');
    const [from = '', to] = /^[*?]$/.test(range) ? [String(least), String(most)] : range.split('-');
    const first = numberOf(from);
    const last = to === undefined ? (part.includes('/') ? most : first) : numberOf(to);
    const by = Number(step);
    if (![first, last, by].every(Number.isInteger) || first < least || last > most || by < 1)
      return undefined;
    for (let value = first; value <= last; value += by) values.add(value);
  }
  return values.size === 0 ? undefined : values;
}

/** Years that are looked ahead: the 29th of February comes within eight. */
const longestSearchMs = 9 * 366 * 24 * 3_600_000;

/** The next moment after `afterMs`; undefined when there is none. */
export function nextFiring(time: FiringTime, afterMs: number): number | undefined {
  if (time.kind === 'once') return time.atMs;
  if (time.kind === 'every') return afterMs + time.everyMs;
  const { fields, timeZone } = time;
  const localOf = localTime(timeZone);
  let ms = Math.floor(afterMs / 1_000) * 1_000 + 1_000;
  while (ms < afterMs + longestSearchMs) {
    const { month, day, weekday, hour, minute, second } = localOf(ms);
    const dayFits = fields.day.has(day);
    const weekdayFits = fields.weekday.has(weekday);
    const fits = fields.dayIsAny || fields.weekdayIsAny ? dayFits && weekdayFits : dayFits || weekdayFits;
    const toNextMinute = (60 - second) * 1_000;
    const toNextHour = (60 - minute) * 60_000 - second * 1_000;
    if (!fields.month.has(month) || !fits || !fields.hour.has(hour)) ms += toNextHour;
    else if (!fields.minute.has(minute)) ms += toNextMinute;
    else if (!fields.second.has(second)) ms += 1_000;
    else return ms;
  }
  return undefined;
}

interface LocalTime {
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

function localTime(timeZone: string): (ms: number) => LocalTime {
  if (timeZone === 'UTC') {
    return (ms) => {
      const date = new Date(ms);
      return {
        month: date.getUTCMonth() + 1,
        day: date.getUTCDate(),
        weekday: date.getUTCDay(),
        hour: date.getUTCHours(),
        minute: date.getUTCMinutes(),
        second: date.getUTCSeconds(),
      };
    };
  }
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    month: 'numeric',
    day: 'numeric',
    weekday: 'short',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (ms) => {
    const parts = new Map(format.formatToParts(ms).map(({ type, value }) => [type, value]));
    const numberOf = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type));
    return {
      month: numberOf('month'),
      day: numberOf('day'),
      weekday: weekdays.indexOf((parts.get('weekday') ?? '').toLowerCase()),
      hour: numberOf('hour'),
      minute: numberOf('minute'),
      second: numberOf('second'),
    };
  };
}
