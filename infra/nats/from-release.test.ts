import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runCommand } from '../process/run-command.ts';
import { writeVersionProgram } from '../testing/stand-in-program.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { releaseStep } from './from-release.ts';
import { REFERENCE_VERSION } from './server-version.ts';

const ARCHITECTURE = process.arch === 'x64' ? 'amd64' : process.arch;
const NAME = `nats-server-v${REFERENCE_VERSION}-${process.platform}-${ARCHITECTURE}`;

async function makeArchive(): Promise<Buffer> {
  const directory = await temporaryDirectory();
  await writeVersionProgram(join(directory, NAME), REFERENCE_VERSION);
  await runCommand('tar', ['-czf', 'archive.tar.gz', NAME], { timeoutMs: 10_000, cwd: directory });
  return await readFile(join(directory, 'archive.tar.gz'));
}

/** Serves files as a release does, below `/v<version>/`. */
async function serveRelease(files: Record<string, Buffer | string>): Promise<string> {
  const server = createServer((request, response) => {
    const file = files[(request.url ?? '').replace(`/v${REFERENCE_VERSION}/`, '')];
    if (file === undefined) response.writeHead(404).end();
    else response.end(file);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function sums(archive: Buffer): string {
  return `${createHash('sha256').update(archive).digest('hex')}  ${NAME}.tar.gz\n`;
}

async function find(files: Record<string, Buffer | string>, cacheDir: string) {
  const step = releaseStep(await serveRelease(files));
  return await step.find({ env: {}, cacheDir, progress: () => {} });
}

describe('releaseStep()', () => {
  it('downloads, checks and unpacks the archive into the cache', async () => {
    const archive = await makeArchive();
    const cache = await temporaryDirectory();
    const outcome = await find({ SHA256SUMS: sums(archive), [`${NAME}.tar.gz`]: archive }, cache);
    const [cached] = await readdir(cache);
    expect(outcome).toEqual({ path: join(cache, cached ?? ''), version: REFERENCE_VERSION });
  });

  it('refuses an archive with another checksum and keeps nothing of it', async () => {
    const archive = await makeArchive();
    const cache = await temporaryDirectory();
    const damaged = Buffer.concat([archive, Buffer.of(0)]);
    await expect(find({ SHA256SUMS: sums(archive), [`${NAME}.tar.gz`]: damaged }, cache)).rejects.toThrow(
      /has SHA-256 [0-9a-f]{64}, but SHA256SUMS says [0-9a-f]{64}/,
    );
    expect(await readdir(cache)).toEqual([]);
  });

  it.each([
    ['no checksums', {}, /SHA256SUMS answered 404/],
    ['no checksum for this platform', { SHA256SUMS: 'other' }, /SHA256SUMS does not list nats-server-v/],
    ['no archive', { SHA256SUMS: `${'a'.repeat(64)}  ${NAME}.tar.gz` }, /\.tar\.gz answered 404/],
  ])('fails with a reason: %s', async (_case, files, message) => {
    await expect(find(files, await temporaryDirectory())).rejects.toThrow(message);
  });
});
