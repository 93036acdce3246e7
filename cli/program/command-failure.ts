import type { ExitCode } from './exit-code.ts';

export interface FailureParts {
  /** For programs, such as `METHOD_UNKNOWN`. Part of what `--json` promises. */
  readonly code: string;
  readonly exitCode: ExitCode;
  /** What happened, one line. */
  readonly what: string;
  /** Why, one line. */
  readonly why?: string;
  /** What to do, one line: a command where there is one. */
  readonly hint?: string;
  /** Where to read more, relative to the repository. */
  readonly docs?: string;
  /** What is told with `--json` only, such as the details of an error. */
  readonly details?: readonly unknown[];
  readonly cause?: unknown;
}

/** Why a command could not do what it was asked to. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly parts: FailureParts;

  constructor(parts: FailureParts) {
    super(parts.what, { cause: parts.cause });
    this.parts = parts;
  }
}
