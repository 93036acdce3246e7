import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { Bus } from '@busline/bus';
import { codeTable } from '@busline/bus/errors';
import type { DeadLetter } from '@busline/schemas/busline/deadletters/v1/deadletters';
import type { Code } from '@connectrpc/connect';
import { CommandFailure } from '../program/command-failure.ts';
import { ExitCode } from '../program/exit-code.ts';
import { parseDuration } from '../settings/duration.ts';

/** Which dead letters. All that is set must hold. */
export interface LetterFilter {
  readonly consumer?: string;
  readonly event?: string;
  readonly code?: string;
  readonly since?: string;
}

const pageSize = 100;

/** Dead letters, the oldest first, read a page at a time. */
export async function* findLetters(
  bus: Pick<Bus, 'deadLetters'>,
  { consumer, event, code, since }: LetterFilter,
): AsyncGenerator<DeadLetter> {
  const wanted = code === undefined ? undefined : codeNamed(code);
  const fromMs = since === undefined ? undefined : Date.now() - parseDuration(since, '--since');
  let after: string | undefined;
  do {
    const { letters, next } = await bus.deadLetters.list({
      limit: pageSize,
      ...(consumer !== undefined && { consumer }),
      ...(event !== undefined && { eventType: event }),
      ...(after !== undefined && { after }),
    });
    for (const letter of letters) {
      if (wanted !== undefined && letter.code !== wanted) continue;
      if (
        fromMs !== undefined &&
        letter.failureTime !== undefined &&
        timestampMs(letter.failureTime) < fromMs
      )
        continue;
      yield letter;
    }
    after = next;
  } while (after !== undefined);
}

/** Name of an error's code; empty when no error was reported. */
export function codeName(code: number): string {
  return code === 0 ? '' : (codeTable[code as Code]?.name ?? String(code));
}

function codeNamed(name: string): number {
  const wanted = name.toUpperCase().replaceAll('-', '_');
  const found = Object.entries(codeTable).find(([, meaning]) => meaning.name === wanted);
  if (found !== undefined) return Number(found[0]);
  throw new CommandFailure({
    code: 'USAGE',
    exitCode: ExitCode.usage,
    what: `"${name}" is no code`,
    why: `there are ${Object.values(codeTable)
      .map((meaning) => meaning.name)
      .join(', ')}`,
  });
}
