import type { Readable } from 'node:stream';

/** What is written to: a stream of the process, or whatever a test reads. */
export interface Sink {
  /** False when it holds enough: whoever has more waits for `drained`. */
  write(data: string | Uint8Array): boolean;
  /** Resolves when more may be written. */
  drained(): Promise<void>;
  readonly isTerminal: boolean;
  /** Of a terminal, as it is now. */
  readonly columns: number | undefined;
  readonly rows: number | undefined;
}

/** All that the program has of the world around it, besides files and connections. */
export interface ProgramIo {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly env: NodeJS.ProcessEnv;
  readonly directory: string;
  /** Aborts when the program shall end. */
  readonly signal: AbortSignal;
  /** Runs the program once more, by itself: it outlives this one. */
  inBackground(args: readonly string[]): void;
}
