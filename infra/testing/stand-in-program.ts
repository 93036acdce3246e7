import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Writes an executable shell script, for tests of how programs are found, run and refused. */
export async function writeProgram(path: string, ...lines: readonly string[]): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${lines.join('\n')}\n`, { mode: 0o755 });
  return path;
}

/** A program in `directory` that answers `--version` as a nats-server of that version. */
export async function writeVersionProgram(directory: string, version: string): Promise<string> {
  return await writeProgram(join(directory, 'nats-server'), `echo "nats-server: v${version}"`);
}
