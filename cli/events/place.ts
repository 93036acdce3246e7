import { CommandFailure } from '../program/command-failure.ts';
import { ExitCode } from '../program/exit-code.ts';
import { durationMs } from '../settings/duration.ts';

/**
 * A place in a stream or a moment: `1234`, `2026-11-30T20:00:00Z`, or how long ago, `10m`.
 *
 * @throws CommandFailure naming the option.
 */
export function parsePlace(text: string, option: string): number | Date {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  const agoMs = durationMs(text);
  if (agoMs !== undefined) return new Date(Date.now() - agoMs);
  const time = new Date(text);
  if (/^\d{4}-\d\d/.test(text) && !Number.isNaN(time.getTime())) return time;
  throw new CommandFailure({
    code: 'USAGE',
    exitCode: ExitCode.usage,
    what: `${option} cannot be used`,
    why: `"${text}" is neither a place in the stream, nor a time, nor a duration`,
    hint: 'such as 1234, 2026-11-30T20:00:00Z, or 10m for ten minutes ago',
  });
}
