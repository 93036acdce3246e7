import { dirname, resolve } from 'node:path';

/** What `look` finds in `directory`, or in the nearest folder above it. */
export function findUpwards<T>(directory: string, look: (folder: string) => T | undefined): T | undefined {
  for (let folder = resolve(directory); ; folder = dirname(folder)) {
    const found = look(folder);
    if (found !== undefined) return found;
    if (folder === dirname(folder)) return undefined;
  }
}
