import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** A project is looked for where there is none. */
export class NoProjectError extends Error {
  override readonly name = 'NoProjectError';
}

/** What tells a project's root: contracts, and how they are built. */
const marks = ['buf.yaml', 'schemas', 'package.json'];

/**
 * The root of the project that `directory` is in.
 *
 * @throws NoProjectError saying where it was looked for.
 */
export function findProject(directory: string): string {
  for (let folder = resolve(directory); ; folder = dirname(folder)) {
    if (marks.every((mark) => existsSync(join(folder, mark)))) return folder;
    if (folder === dirname(folder)) break;
  }
  throw new NoProjectError(
    `neither ${resolve(directory)} nor a folder above it has ${marks.join(', ')}; go to a project, or make one: npx busline new app <name>`,
  );
}
