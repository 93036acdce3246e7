import { readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeProgram, writeVersionProgram } from '../testing/stand-in-program.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { cacheDirectory, installIntoCache, listCached } from './server-cache.ts';

describe('cacheDirectory()', () => {
  it.each([
    [{ BUSLINE_CACHE: '/c', XDG_CACHE_HOME: '/x', HOME: '/h' }, '/c'],
    [{ XDG_CACHE_HOME: '/x', HOME: '/h' }, '/x/busline'],
    [{ HOME: '/h' }, '/h/.cache/busline'],
    [{ BUSLINE_CACHE: '', XDG_CACHE_HOME: '', HOME: '/h' }, '/h/.cache/busline'],
  ])('%j', (env, directory) => {
    expect(cacheDirectory(env)).toBe(directory);
  });
});

describe('installIntoCache()', () => {
  it('moves the produced binary to a name with version and platform', async () => {
    const cache = join(await temporaryDirectory(), 'not-yet-there');
    const installed = await installIntoCache(
      cache,
      async (work) => await writeVersionProgram(work, '2.15.1'),
    );
    expect(installed).toEqual({
      path: join(cache, `nats-server-2.15.1-${process.platform}-${process.arch}`),
      version: '2.15.1',
    });
    expect(await readdir(cache)).toEqual([basename(installed.path)]);
  });

  it('leaves nothing behind when producing fails', async () => {
    const cache = await temporaryDirectory();
    const failing = installIntoCache(cache, async (work) => {
      await writeFile(join(work, 'half'), 'half a download');
      throw new Error('connection lost');
    });
    await expect(failing).rejects.toThrow('connection lost');
    expect(await readdir(cache)).toEqual([]);
  });

  it('refuses a binary that does not run', async () => {
    const cache = await temporaryDirectory();
    const failing = installIntoCache(cache, async (work) => await writeProgram(join(work, 'x'), 'exit 1'));
    await expect(failing).rejects.toThrow('does not run: exit code 1');
    expect(await readdir(cache)).toEqual([]);
  });

  it('lets many install at once', async () => {
    const cache = await temporaryDirectory();
    const installs = Array.from({ length: 8 }, async () =>
      installIntoCache(cache, async (work) => await writeVersionProgram(work, '2.15.1')),
    );
    const paths = new Set((await Promise.all(installs)).map(({ path }) => path));
    expect(await listCached(cache)).toEqual([...paths]);
    expect(await readdir(cache)).toHaveLength(1);
  });
});

describe('listCached()', () => {
  it('lists the versions for this platform, newest first', async () => {
    const cache = await temporaryDirectory();
    const suffix = `${process.platform}-${process.arch}`;
    const names = [
      `nats-server-2.9.1-${suffix}`,
      `nats-server-2.15.1-${suffix}`,
      `nats-server-2.11.0-${suffix}`,
    ];
    const others = ['nats-server-2.15.2-other-cpu', 'fetch-1234', 'nats-server', `nats-server-${suffix}`];
    await Promise.all([...names, ...others].map((name) => writeFile(join(cache, name), '')));
    expect((await listCached(cache)).map((path) => basename(path))).toEqual([names[1], names[2], names[0]]);
  });

  it('is empty where there is no cache', async () => {
    expect(await listCached(join(await temporaryDirectory(), 'nowhere'))).toEqual([]);
  });
});
