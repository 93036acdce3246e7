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
      /** Time between two firings, in milliseconds, from 1,000. They fall on multiples of it, not on the moment of the call. */
      readonly everyMs: number;
    };

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
    if (!Number.isSafeInteger(everyMs) || everyMs < 1_000)
      throw new TypeError(`everyMs must be a whole number from 1,000, not ${everyMs}`);
    return { [patternField]: `@every ${everyMs}ms` };
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

/** Reads it back from a schedule's header fields. */
export function readTiming(pattern: string, timeZone: string | undefined): Timing {
  const every = /^@every ([0-9]+)ms$/.exec(pattern)?.[1];
  if (every !== undefined) return { everyMs: Number(every) };
  return { cron: pattern.replace(/^0 (?=(\S+ ){4}\S+$)/, ''), ...(timeZone ? { timeZone } : {}) };
}

function checkTimeZone(timeZone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch {
    throw new TypeError(`there is no time zone "${timeZone}"; give its IANA name, such as Europe/Berlin`);
  }
}
