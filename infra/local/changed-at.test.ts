import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { changedAtMs } from './changed-at.ts';

it('is when the last of the files was changed, and without end where one is gone', async () => {
  const root = await temporaryDirectory();
  for (const [name, seconds] of [
    ['a', 1_000],
    ['b', 2_000],
  ] as const) {
    await writeFile(join(root, name), '');
    await utimes(join(root, name), seconds, seconds);
  }
  expect(await changedAtMs(root, ['a', 'b'])).toBe(2_000_000);
  expect(await changedAtMs(root, ['a', 'c'])).toBe(Number.POSITIVE_INFINITY);
});
