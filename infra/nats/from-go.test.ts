import { readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeProgram } from '../testing/stand-in-program.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { fromGo } from './from-go.ts';
import { REFERENCE_VERSION } from './server-version.ts';

/** A `go` that "builds" a program which reports its own arguments as the version. */
async function findWithGo(...lines: string[]) {
  const directory = await temporaryDirectory();
  await writeProgram(join(directory, 'go'), '[ "$1" = version ] && exit 0', ...lines);
  const cacheDir = join(directory, 'cache');
  const env = { PATH: [directory, '/usr/bin', '/bin'].join(delimiter), GOFLAGS: '-mod=vendor' };
  return { cacheDir, outcome: fromGo.find({ env, cacheDir, progress: () => {} }) };
}

describe('fromGo', () => {
  it('installs the reference version into the cache', async () => {
    const { cacheDir, outcome } = await findWithGo(
      `[ "$*" = "install github.com/nats-io/nats-server/v2@v${REFERENCE_VERSION}" ] || exit 2`,
      '[ -z "$GOFLAGS" ] || exit 3',
      `printf '#!/bin/sh\\necho "nats-server: v${REFERENCE_VERSION}"\\n' > "$GOBIN/nats-server"`,
    );
    const { path, version } = { path: '', version: '', ...(await outcome) };
    expect(version).toBe(REFERENCE_VERSION);
    expect([path]).toEqual((await readdir(cacheDir)).map((name) => join(cacheDir, name)));
  });

  it('fails with what go said', async () => {
    const { cacheDir, outcome } = await findWithGo('echo "go: requires go >= 1.25" >&2', 'exit 1');
    await expect(outcome).rejects.toThrow('exit code 1: go: requires go >= 1.25');
    expect(await readdir(cacheDir)).toEqual([]);
  });

  it('is skipped without go', async () => {
    const cacheDir = await temporaryDirectory();
    const outcome = await fromGo.find({ env: { PATH: cacheDir }, cacheDir, progress: () => {} });
    expect(outcome).toEqual({ skipped: 'go cannot be used: the program does not exist' });
  });
});
