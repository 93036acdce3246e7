import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { compileCacheEnv } from './compile-cache.ts';

it('keeps the compiled code of a process in the folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'busline-cache-'));
  try {
    const main = join(folder, 'main.ts');
    await writeFile(main, 'export const answer: number = 42;\n');
    const { NODE_DISABLE_COMPILE_CACHE: _, NODE_COMPILE_CACHE: __, ...env } = process.env;
    const { status } = spawnSync(process.execPath, [main], {
      env: { ...env, ...compileCacheEnv(folder, env) },
    });
    expect(status).toBe(0);
    expect(await readdir(join(folder, 'compile-cache'))).not.toEqual([]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

it.each([{ NODE_COMPILE_CACHE: '/elsewhere' }, { NODE_DISABLE_COMPILE_CACHE: '1' }])(
  'leaves an environment alone that says %o',
  (env) => {
    expect(compileCacheEnv('/here', env)).toEqual({});
  },
);
