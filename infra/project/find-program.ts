import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** A program of Busline: where a project that has its source keeps it, and what it is called where it is installed. */
export interface Program {
  readonly source: string;
  readonly installed: string;
}

export const edgeProgram: Program = { source: 'api/src/main.ts', installed: '@busline/api/main' };
export const commandLine: Program = { source: 'cli/bin/busline.js', installed: '@busline/cli/bin' };
export const generator: Program = { source: 'infra/contracts/main.ts', installed: '@busline/infra/generate' };

/** The file of a program for the project at `root`; undefined where it has none. */
export function findProgram(root: string, { source, installed }: Program): string | undefined {
  const own = join(root, source);
  if (existsSync(own)) return own;
  try {
    return createRequire(join(root, 'package.json')).resolve(installed);
  } catch {
    return undefined;
  }
}
