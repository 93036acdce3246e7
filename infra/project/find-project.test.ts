import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { findProject, NoProjectError } from './find-project.ts';

it('finds the root from any folder of it, and says where it looked', async () => {
  const root = await temporaryDirectory();
  const deep = join(root, 'workers', 'orders');
  await mkdir(deep, { recursive: true });
  await mkdir(join(root, 'schemas'));
  await writeFile(join(root, 'buf.yaml'), '');
  expect(() => findProject(deep)).toThrow(NoProjectError);
  expect(() => findProject(deep)).toThrow(deep);

  await writeFile(join(root, 'package.json'), '{}');
  expect(findProject(deep)).toBe(root);
  expect(findProject(root)).toBe(root);
});
