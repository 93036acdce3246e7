import { stat } from 'node:fs/promises';
import { join } from 'node:path';

/** When the last of some files was changed, in milliseconds since 1970; infinite where one is gone, since nobody knows when. */
export async function changedAtMs(root: string, files: Iterable<string>): Promise<number> {
  const times = await Promise.all(
    [...files].map((file) =>
      stat(join(root, file)).then(
        ({ mtimeMs }) => mtimeMs,
        () => Number.POSITIVE_INFINITY,
      ),
    ),
  );
  return Math.max(...times);
}
