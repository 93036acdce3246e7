import { mkdir, rm, writeFile } from 'node:fs/promises';
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
