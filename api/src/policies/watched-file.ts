import { readFileSync, statSync } from 'node:fs';
import type { Logger } from 'pino';

/** What a file says, read again when it changes. */
export interface WatchedFile<T> {
  readonly current: T;
  close(): void;
}

export interface WatchedFileOptions<T> {
  readonly path: string;
  /** What the file is, for messages: `the API keys`. */
  readonly what: string;
  /** @throws TypeError saying what is wrong, without naming the file */
  readonly parse: (text: string) => T;
  readonly log: Logger;
  readonly onChange?: (() => void) | undefined;
  /** How often the file is looked at, in milliseconds. Default 1,000. */
  readonly intervalMs?: number | undefined;
}

/**
 * Reads a file and follows its changes, by looking at it: that also works for files that are replaced as a whole, as
 * Kubernetes replaces mounted secrets. A change that cannot be read is logged, and what was read before stays.
 *
 * @throws TypeError naming the file when it cannot be read at first
 */
export function watchedFile<T>(options: WatchedFileOptions<T>): WatchedFile<T> {
  const { path, what, parse, log, onChange, intervalMs = 1_000 } = options;
  // Taken before the file is read, so that a change in between is seen as one.
  let seen = stateOf(path);
  let current = read();

  function read(): T {
    try {
      return parse(readFileSync(path, 'utf8'));
    } catch (error) {
      throw new TypeError(`${what}, ${path}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  }

  function look(): void {
    const now = stateOf(path);
    if (now === seen) return;
    seen = now;
    try {
      current = read();
      onChange?.();
      log.info({ path }, `${what} have changed`);
    } catch (error) {
      log.error({ err: error }, `${what} have changed and cannot be read; those before stay in use`);
    }
  }

  const timer = setInterval(look, intervalMs).unref();
  return {
    get current() {
      return current;
    },
    close: () => clearInterval(timer),
  };
}

/** What tells one state of a file from another; that it cannot be looked at is one as well. */
function stateOf(path: string): string {
  try {
    const { ino, size, mtimeMs } = statSync(path);
    return `${ino} ${size} ${mtimeMs}`;
  } catch (error) {
    return String(error);
  }
}
