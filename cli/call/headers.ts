import { CommandFailure } from '../program/command-failure.ts';
import { ExitCode } from '../program/exit-code.ts';

/**
 * Reads `name: value` pairs.
 *
 * @throws CommandFailure for what is none.
 */
export function readHeaders(pairs: readonly string[]): Headers {
  const headers = new Headers();
  for (const pair of pairs) {
    const [, name = '', value = ''] = /^([^:\s]+)\s*:\s*(.*)$/s.exec(pair) ?? [];
    try {
      headers.append(name, value);
    } catch (error) {
      throw new CommandFailure({
        code: 'USAGE',
        exitCode: ExitCode.usage,
        what: `"${pair}" cannot be metadata`,
        hint: "write it as 'name: value'",
        cause: error,
      });
    }
  }
  return headers;
}
