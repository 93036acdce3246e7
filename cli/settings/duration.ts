import { CommandFailure } from '../program/command-failure.ts';
import { ExitCode } from '../program/exit-code.ts';

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `500ms`, `1.5s`, `10m`, `2h`, `1d`; undefined for anything else. */
export function durationMs(text: string): number | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,6})?)(ms|s|m|h|d)$/.exec(text);
  const unit = unitsMs[match?.[2] ?? ''];
  return match === null || unit === undefined ? undefined : Math.round(Number(match[1]) * unit);
}

/**
 * The same, for what a person gave.
 *
 * @throws CommandFailure naming the option.
 */
export function parseDuration(text: string, option: string): number {
  const ms = durationMs(text);
  if (ms !== undefined) return ms;
  throw new CommandFailure({
    code: 'USAGE',
    exitCode: ExitCode.usage,
    what: `${option} cannot be used`,
    why: `"${text}" is no duration`,
    hint: 'a number with its unit, such as 500ms, 10s, 5m, 2h',
  });
}
