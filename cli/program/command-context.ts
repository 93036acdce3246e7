import type { Output } from '../output/output.ts';
import type { Settings } from '../settings/settings.ts';
import type { ExitCode } from './exit-code.ts';
import type { Input } from './input.ts';

/** What a command works with. */
export interface CommandContext {
  readonly output: Output;
  readonly input: Input;
  readonly settings: Settings;
  /** Folder the command was called in. */
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  /** Print each exchange with broker and edge to standard error. */
  readonly traceApi: boolean;
  /** Aborts at Ctrl-C: finish what is under way, and return. A second Ctrl-C does not wait. */
  readonly signal: AbortSignal;
  /** What the program ends with, where nothing is thrown. */
  endWith(code: ExitCode): void;
}

/** Makes the context once the command line has been read. */
export type BeginCommand = () => CommandContext;
