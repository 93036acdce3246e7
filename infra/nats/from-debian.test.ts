import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { osReleaseValue } from './apt-mirrors.ts';
import { fromDebian } from './from-debian.ts';

const onDebian =
  existsSync('/usr/bin/apt-get') &&
  osReleaseValue(readFileSync('/etc/os-release', 'utf8'), 'ID') === 'debian';

/** An archive on this machine that holds an index, signed by nobody. */
async function serveUnsignedArchive(): Promise<{ address: string; requests: string[] }> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    if (request.url?.endsWith('/Release')) response.end('Suite: unstable\nCodename: sid\nComponents: main\n');
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/debian`, requests };
}

/** An apt that is configured with these sources and nothing else of the machine's. */
async function aptWith(sources: string): Promise<NodeJS.ProcessEnv> {
  const directory = await temporaryDirectory();
  const sourceList = join(directory, 'sources.list');
  const config = join(directory, 'apt.conf');
  await mkdir(join(directory, 'parts'));
  await writeFile(sourceList, sources);
  await writeFile(
    config,
    `Dir::Etc::sourcelist "${sourceList}";\nDir::Etc::sourceparts "${directory}/parts";\nAcquire::http::Proxy "DIRECT";\n`,
  );
  return { ...process.env, APT_CONFIG: config };
}

// Elsewhere the step is skipped, and its parts are tested in apt-mirrors and apt-private-config.
describe.runIf(onDebian)('fromDebian, with an apt configured for this test', () => {
  it('asks the configured mirror and refuses an archive without a signature', async () => {
    const { address, requests } = await serveUnsignedArchive();
    const env = await aptWith(`deb ${address} stable main\n`);
    const cacheDir = await temporaryDirectory();
    const failing = fromDebian.find({ env, cacheDir, progress: () => {} });
    await expect(failing).rejects.toThrow(/^http:\/\/127\.0\.0\.1:\d+\/debian: exit code 100: .*not signed/s);
    expect(requests).toContain('/debian/dists/unstable/InRelease');
    expect(await readdir(cacheDir)).toEqual([]);
  });

  it.each([
    ['no source at all', ''],
    ['only another archive', 'deb http://127.0.0.1:9/tools tools main\n'],
  ])('is skipped with %s', async (_case, sources) => {
    const env = await aptWith(sources);
    const outcome = await fromDebian.find({ env, cacheDir: await temporaryDirectory(), progress: () => {} });
    expect(outcome).toEqual({ skipped: "apt's configuration names no Debian mirror" });
  });
});
