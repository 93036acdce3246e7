import { createInterface } from 'node:readline/promises';
import type { Readable } from 'node:stream';
import { CommandFailure } from './command-failure.ts';
import { ExitCode } from './exit-code.ts';
import type { ProgramIo, Sink } from './program-io.ts';

/** What comes from the person or program that called. */
export interface Input {
  /** Standard input. */
  readonly stream: Readable;
  /** Whether somebody can be asked. */
  readonly canAsk: boolean;
  /**
   * Asks before something is done that cannot be undone. Goes through with `--yes`.
   *
   * @throws CommandFailure when the answer is no, and when nobody can be asked.
   */
  confirm(question: string): Promise<void>;
}

export interface InputOptions {
  readonly stdin: ProgramIo['stdin'];
  readonly stderr: Sink;
  readonly yes: boolean;
  readonly noInput: boolean;
  readonly signal: AbortSignal;
}

export function createInput({ stdin, stderr, yes, noInput, signal }: InputOptions): Input {
  const canAsk = !noInput && stdin.isTTY === true && stderr.isTerminal;
  return {
    stream: stdin,
    canAsk,
    async confirm(question) {
      if (yes) return;
      if (!canAsk) {
        throw new CommandFailure({
          code: 'NOT_CONFIRMED',
          exitCode: ExitCode.usage,
          what: 'this needs a confirmation, and nobody can be asked here',
          why: question,
          hint: 'repeat it with --yes, or with --dry-run to see what it would do',
        });
      }
      stderr.write(`${question} [y/N] `);
      const lines = createInterface({ input: stdin });
      try {
        const answer = await lines.question('', { signal });
        if (/^y(es)?$/i.test(answer.trim())) return;
      } finally {
        lines.close();
      }
      throw new CommandFailure({
        code: 'NOT_CONFIRMED',
        exitCode: ExitCode.failure,
        what: 'nothing was done: the answer was no',
      });
    },
  };
}
