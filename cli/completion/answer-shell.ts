import type { BeginCommand } from '../program/command-context.ts';
import type { ProgramIo } from '../program/program-io.ts';
import { complete } from './complete.ts';
import { refreshNames } from './live-names.ts';

/**
 * Answers a shell that completes a command line: a candidate per line, with what it is behind a tab. It never says that
 * something went wrong: whoever presses Tab has not asked for anything yet.
 */
export async function answerShell(
  args: readonly string[],
  { io, begin }: { readonly io: ProgramIo; readonly begin: BeginCommand },
): Promise<void> {
  try {
    if (args[0] === '__names') {
      await refreshNames(begin());
      return;
    }
    const words = args.slice(args.indexOf('--') + 1);
    const onLate = () => io.inBackground(['__names']);
    for (const { word, about } of await complete(words, { begin, onLate }))
      io.stdout.write(`${word}\t${about}\n`);
  } catch {
    // See above.
  }
}
