import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { edgeProgram, findProgram } from './find-program.ts';

async function write(file: string, text = ''): Promise<string> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}

it('takes the source that a project has, else what is installed, else nothing', async () => {
  const root = await temporaryDirectory();
  expect(findProgram(root, edgeProgram)).toBeUndefined();

  const api = join(root, 'node_modules/@busline/api');
  await write(join(api, 'package.json'), JSON.stringify({ exports: { './main': './dist/main.js' } }));
  const installed = await write(join(api, 'dist/main.js'));
  expect(findProgram(root, edgeProgram)).toBe(installed);

  const source = await write(join(root, 'api/src/main.ts'));
  expect(findProgram(root, edgeProgram)).toBe(source);
});
