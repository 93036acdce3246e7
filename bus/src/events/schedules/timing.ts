/** When a schedule fires. */
export type Timing =
  | {
      /**
       * Five fields (minute, hour, day of the month, month, day of the week), or six with seconds first; or one of
       * `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`.
       */
      readonly cron: string;
      /** IANA name of the time zone that the fields are in, for example `Europe/Berlin`. Default UTC. */
      readonly timeZone?: string | undefined;
    }
  | {
      /**
       * Time between two firings, in milliseconds: whole seconds. Where it divides a minute, an hour or a day, as 5,000 and
       * 900,000 do, firings fall on its multiples by the clock. Otherwise it counts from the firing before, and anew when the broker
       * starts again.
       */
      readonly everyMs: number;
    };

/** Says that a schedule was asked for by its interval. It stays with the schedule. */
export const everyField = 'bl-every';
export const patternField = 'Nats-Schedule';
export const timeZoneField = 'Nats-Schedule-Time-Zone';

const shortcuts = /^@(hourly|daily|midnight|weekly|monthly|yearly|annually)$/;

/**
 * How the broker writes it: header fields by name.
 *
 * @throws TypeError naming what cannot be used.
 */
export function timingFields(timing: Timing): Readonly<Record<string, string>> {
  if ('everyMs' in timing) {
    const { everyMs } = timing;
    if (!Number.isSafeInteger(everyMs) || everyMs < 1_000 || everyMs % 1_000 !== 0)
      throw new TypeError(`everyMs must be whole seconds, from 1,000, not ${everyMs}`);
    return { [patternField]: everyPattern(everyMs / 1_000), [everyField]: String(everyMs) };
  }
  const { cron, timeZone } = timing;
  const fields = cron.trim().split(/\s+/);
  if (!shortcuts.test(cron) && fields.length !== 5 && fields.length !== 6)
    throw new TypeError(`cron "${cron}" must have five fields, or six with seconds first`);
  if (!shortcuts.test(cron) && !fields.every((field) => /^[A-Za-z0-9*/,?-]+$/.test(field)))
    throw new TypeError(`cron "${cron}" has a field with a character that none may have`);
  if (timeZone !== undefined) checkTimeZone(timeZone);
  return {
    [patternField]: fields.length === 5 ? `0 ${fields.join(' ')}` : fields.join(' '),
    ...(timeZone !== undefined && { [timeZoneField]: timeZone }),
  };
}

/** By the clock where that can be: the broker counts an interval anew when it starts again. */
function everyPattern(seconds: number): string {
  const [minutes, hours] = [seconds / 60, seconds / 3_600];
  if (60 % seconds === 0) return seconds === 60 ? '0 * * * * *' : `*/${seconds} * * * * *`;
  if (Number.isInteger(minutes) && 60 % minutes === 0)
    return minutes === 60 ? '0 0 * * * *' : `0 */${minutes} * * * *`;
  if (Number.isInteger(hours) && 24 % hours === 0)
    return hours === 24 ? '0 0 0 * * *' : `0 0 */${hours} * * *`;
  return `@every ${seconds}s`;
}

/** Reads it back from a schedule's header fields, each empty where it is missing. */
export function readTiming(pattern: string, timeZone: string, every: string): Timing {
  if (every !== '') return { everyMs: Number(every) };
  return { cron: pattern.replace(/^0 (?=(\S+ ){4}\S+$)/, ''), ...(timeZone ? { timeZone } : {}) };
}

function checkTimeZone(timeZone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch {
    throw new TypeError(`there is no time zone "${timeZone}"; give its IANA name, such as Europe/Berlin`);
  }
}
