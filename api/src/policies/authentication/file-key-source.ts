import type { Logger } from 'pino';
import { watchedFile } from '../watched-file.ts';
import { parseKeySet } from './key-set.ts';
import type { KeySource } from './key-source.ts';

export interface FileKeySourceOptions {
  readonly path: string;
  readonly log: Logger;
  /** Called when the keys have changed. */
  readonly onChange: () => void;
  readonly intervalMs?: number | undefined;
}

/**
 * Reads the keys of an issuer from a file, and again when it changes.
 *
 * @throws TypeError naming the file when it cannot be read
 */
export function createFileKeySource(options: FileKeySourceOptions): KeySource {
  const file = watchedFile({ ...options, what: 'the keys of tokens', parse: parseKeySet });
  return {
    current: () => file.current,
    newer: async (than) => (file.current === than ? undefined : file.current),
    close: () => file.close(),
  };
}
