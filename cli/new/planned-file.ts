import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CommandFailure } from '../program/command-failure.ts';
import { ExitCode } from '../program/exit-code.ts';

/** A file that is to be made, or to become another. */
export interface PlannedFile {
  readonly action: 'CREATE' | 'UPDATE';
  /** Below the folder that all of a plan's files are in, with `/` between folders. */
  readonly path: string;
  readonly text: string;
}

export function created(path: string, text: string): PlannedFile {
  return { action: 'CREATE', path, text };
}

export function updated(path: string, text: string): PlannedFile {
  return { action: 'UPDATE', path, text };
}

/** For people: `CREATE workers/orders/main.ts (182 bytes)`. */
export function describeFile({ action, path, text }: PlannedFile): string {
  return `${action} ${path} (${Buffer.byteLength(text)} bytes)`;
}

/**
 * Nothing is written over.
 *
 * @throws CommandFailure CONFLICT naming every file that is there already.
 */
export function assertFree(root: string, files: readonly PlannedFile[]): void {
  const there = files.filter(({ action, path }) => action === 'CREATE' && existsSync(join(root, path)));
  if (there.length === 0) return;
  throw new CommandFailure({
    code: 'CONFLICT',
    exitCode: ExitCode.failure,
    what: `${there.map(({ path }) => path).join(', ')} ${there.length === 1 ? 'exists' : 'exist'} already`,
    why: 'what is there would be lost, so nothing was written',
    hint: 'take another name, or remove what is there',
  });
}

/** Writes the files, each whole or not at all: whoever watches the folder never reads half of one. */
export async function writeFiles(root: string, files: readonly PlannedFile[]): Promise<void> {
  for (const { path, text } of files) {
    const file = join(root, path);
    await mkdir(dirname(file), { recursive: true });
    const aside = `${file}.new`;
    await writeFile(aside, text);
    await rename(aside, file);
  }
}
