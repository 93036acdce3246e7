import { appendFile, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { waitUntil } from '../testing/wait-until.ts';
import { watchFiles } from './watch-files.ts';

async function watched() {
  const root = await temporaryDirectory();
  await mkdir(join(root, 'workers', 'orders'), { recursive: true });
  const reports: ReadonlySet<string>[] = [];
  const seen = (path: string) => reports.some((paths) => paths.has(path));
  const unwatch = await watchFiles(root, ['workers', 'absent'], (paths) => reports.push(paths));
  onTestFinished(unwatch);
  return { root, reports, seen, unwatch };
}

describe('watchFiles()', () => {
  it('reports a saved file by its path from the root', async () => {
    const { root, seen } = await watched();
    await writeFile(join(root, 'workers', 'orders', 'main.ts'), '1');
    await waitUntil('the file is reported', () => seen('workers/orders/main.ts'));
  });

  it('reports files that are saved together once', async () => {
    const { root, reports, seen } = await watched();
    await Promise.all(
      ['a.ts', 'b.ts', 'c.ts'].map((name) => writeFile(join(root, 'workers', 'orders', name), '1')),
    );
    await waitUntil('all are reported', () =>
      ['a', 'b', 'c'].every((name) => seen(`workers/orders/${name}.ts`)),
    );
    expect(reports).toHaveLength(1);
  });

  it('sees into folders that are new', async () => {
    const { root, seen } = await watched();
    await mkdir(join(root, 'workers', 'mailer'));
    await waitUntil('the folder is reported', () => seen('workers/mailer'));
    await writeFile(join(root, 'workers', 'mailer', 'main.ts'), '1');
    await waitUntil('its file is reported', () => seen('workers/mailer/main.ts'));
  });

  it('keeps seeing a file that is saved by renaming another', async () => {
    const { root, reports, seen } = await watched();
    const file = join(root, 'workers', 'orders', 'main.ts');
    for (const round of [1, 2, 3]) {
      reports.length = 0;
      await writeFile(`${file}.new`, String(round));
      await rename(`${file}.new`, file);
      await waitUntil(`round ${round} is reported`, () => seen('workers/orders/main.ts'));
    }
    reports.length = 0;
    await appendFile(file, 'more');
    await waitUntil('the change in place is reported', () => seen('workers/orders/main.ts'));
  });

  it('sees into a folder that comes back', async () => {
    const { root, reports, seen } = await watched();
    for (const round of [1, 2]) {
      await rm(join(root, 'workers', 'orders'), { recursive: true });
      await mkdir(join(root, 'workers', 'orders', 'deep'), { recursive: true });
      reports.length = 0;
      await writeFile(join(root, 'workers', 'orders', 'deep', 'a.ts'), String(round));
      await waitUntil(`round ${round} is reported`, () => seen('workers/orders/deep/a.ts'));
      reports.length = 0;
      await writeFile(join(root, 'workers', 'orders', 'deep', 'a.ts'), 'again');
      await waitUntil(`round ${round} is reported again`, () => seen('workers/orders/deep/a.ts'));
    }
  });

  it('reports what is in a folder that is moved in as a whole', async () => {
    const { root, seen } = await watched();
    await mkdir(join(root, 'elsewhere'));
    await writeFile(join(root, 'elsewhere', 'main.ts'), '1');
    await rename(join(root, 'elsewhere'), join(root, 'workers', 'mailer'));
    await waitUntil('its file is reported', () => seen('workers/mailer/main.ts'));
  });

  it('leaves hidden folders and node_modules alone', async () => {
    const { root, seen, reports } = await watched();
    for (const name of ['.cache', 'node_modules']) await mkdir(join(root, 'workers', name));
    await waitUntil('the folders are reported', () => seen('workers/node_modules'));
    for (const name of ['.cache', 'node_modules']) await writeFile(join(root, 'workers', name, 'a.ts'), '1');
    await writeFile(join(root, 'workers', 'orders', 'b.ts'), '1');
    await waitUntil('the other file is reported', () => seen('workers/orders/b.ts'));
    expect(reports.flatMap((paths) => [...paths]).filter((path) => path.endsWith('/a.ts'))).toEqual([]);
  });

  it('reports what is removed', async () => {
    const { root, seen } = await watched();
    await writeFile(join(root, 'workers', 'orders', 'main.ts'), '1');
    await waitUntil('the file is reported', () => seen('workers/orders/main.ts'));
    await rm(join(root, 'workers', 'orders'), { recursive: true });
    await waitUntil('the folder is reported', () => seen('workers/orders'));
  });

  it('reports nothing once ended', async () => {
    const { root, reports, unwatch } = await watched();
    const other: ReadonlySet<string>[] = [];
    onTestFinished(await watchFiles(root, ['workers'], (paths) => other.push(paths)));
    unwatch();
    await writeFile(join(root, 'workers', 'orders', 'main.ts'), '1');
    await waitUntil('the other watch reports', () => other.length > 0);
    expect(reports).toEqual([]);
  });
});
