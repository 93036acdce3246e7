import { closeSync, mkdirSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import { copyFile, stat, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Enough for the minutes before a failure at a busy log level; with the one old file, 16 MiB per process. */
const MAX_BYTES = 8 * 1024 * 1024;

/** The log file of one process slot. Processes write to it themselves: a line never passes through this process. */
export interface InstanceLog {
  readonly file: string;
  /** Opens it for a new process, which appends. Returns the descriptor, for the caller to close, and the position. */
  open(): { readonly descriptor: number; readonly position: number };
  /** What was written since a position, at most the last 64 KiB. */
  readFrom(position: number): string;
  /** Moves a log that has grown too large to `<file>.1`. */
  rotate(): Promise<void>;
}

const MAX_READ_BYTES = 64 * 1024;

/** Starts a log; what an earlier run wrote becomes `<file>.1`. */
export function createInstanceLog(file: string, maxBytes = MAX_BYTES): InstanceLog {
  mkdirSync(dirname(file), { recursive: true });
  if (sizeOf(file) > 0) renameSync(file, `${file}.1`);
  return {
    file,
    open() {
      return { descriptor: openSync(file, 'a'), position: sizeOf(file) };
    },
    readFrom(position) {
      const size = sizeOf(file);
      // A file shorter than before was rotated meanwhile.
      const start = Math.max(size < position ? 0 : position, size - MAX_READ_BYTES);
      const buffer = Buffer.alloc(Math.max(0, size - start));
      const descriptor = openSync(file, 'a+');
      try {
        const length = readSync(descriptor, buffer, 0, buffer.length, start);
        return buffer.toString('utf8', 0, length);
      } finally {
        closeSync(descriptor);
      }
    },
    async rotate() {
      if ((await stat(file).catch(() => ({ size: 0 }))).size <= maxBytes) return;
      // Copied and cut, not renamed: the running process holds the file open, and appends at its new end.
      await copyFile(file, `${file}.1`);
      await truncate(file);
    },
  };
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
