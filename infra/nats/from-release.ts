import { join } from 'node:path';
import { runCommand } from '../process/run-command.ts';
import { downloadFile, downloadText } from './download.ts';
import type { FindStep } from './find-step.ts';
import { installIntoCache } from './server-cache.ts';
import { REFERENCE_VERSION } from './server-version.ts';
import { findSha256 } from './sha256-sums.ts';

const RELEASES = 'https://github.com/nats-io/nats-server/releases/download';

/** Measured: the archives of 2.x are 5 to 7 MB. */
const MAX_ARCHIVE_BYTES = 64 * 1024 * 1024;

/** The release's names for Node's platforms and architectures. */
const PLATFORMS: Partial<Record<string, string>> = { linux: 'linux', darwin: 'darwin' };
const ARCHITECTURES: Partial<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/**
 * The project's release archive, checked against the release's SHA256SUMS file. Both come from the same place
 * over TLS, so the check finds a damaged or mixed-up transfer; it does not guard against a forged release.
 */
export const fromRelease: FindStep = releaseStep(RELEASES);

/** The same from another base address that holds `v<version>/<file>`, such as a mirror. */
export function releaseStep(baseUrl: string): FindStep {
  return {
    name: 'release archive',
    async find({ cacheDir, progress }) {
      const platform = PLATFORMS[process.platform];
      const architecture = ARCHITECTURES[process.arch];
      if (platform === undefined || architecture === undefined) {
        return { skipped: `there is none for ${process.platform} ${process.arch}` };
      }
      const name = `nats-server-v${REFERENCE_VERSION}-${platform}-${architecture}`;
      const base = `${baseUrl}/v${REFERENCE_VERSION}`;
      const sums = await downloadText(`${base}/SHA256SUMS`, { maxBytes: 64 * 1024, progress });
      const expected = findSha256(sums, `${name}.tar.gz`);
      if (expected === undefined) throw new Error(`${base}/SHA256SUMS does not list ${name}.tar.gz`);
      progress(`downloading ${base}/${name}.tar.gz`);
      return await installIntoCache(cacheDir, async (workDir) => {
        const archive = join(workDir, 'archive.tar.gz');
        const actual = await downloadFile(`${base}/${name}.tar.gz`, archive, {
          maxBytes: MAX_ARCHIVE_BYTES,
          progress,
        });
        if (actual !== expected) {
          throw new Error(`${name}.tar.gz has SHA-256 ${actual}, but SHA256SUMS says ${expected}`);
        }
        await runCommand('tar', ['-xzf', archive, '-C', workDir, `${name}/nats-server`], {
          timeoutMs: 60_000,
        });
        return join(workDir, name, 'nats-server');
      });
    },
  };
}
