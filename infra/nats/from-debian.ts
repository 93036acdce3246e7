import { access, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withHeartbeat } from '../process/heartbeat.ts';
import { runCommand } from '../process/run-command.ts';
import { debianMirrors, osReleaseValue, parsePrintedUris } from './apt-mirrors.ts';
import { aptConfig, aptSource } from './apt-private-config.ts';
import type { FindContext, FindStep } from './find-step.ts';
import { installIntoCache } from './server-cache.ts';

/** Debian's stable releases carry servers older than 2.11. */
const SUITE = 'unstable';

/** Part of Debian's essential installation; from trixie on apt trusts no keyring by default. */
const KEYRINGS = [
  '/usr/share/keyrings/debian-archive-keyring.gpg',
  '/usr/share/keyrings/debian-archive-keyring.pgp',
];

const APT_TIMEOUT_MS = 180_000;

/**
 * Debian's package, downloaded by apt itself with private state and unpacked into the cache, which needs no root
 * and installs nothing. apt verifies the whole chain: the archive's signature on InRelease, its hash of the
 * package index, and the index's hash of the package. Mirrors come from apt's configuration.
 */
export const fromDebian: FindStep = {
  name: 'Debian package',
  async find(context) {
    const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
    if (osReleaseValue(release, 'ID') !== 'debian') return { skipped: 'this is not Debian' };
    const codename = osReleaseValue(release, 'VERSION_CODENAME') ?? SUITE;
    const printed = await runCommand('apt-get', ['update', '--print-uris'], {
      timeoutMs: 30_000,
      env: context.env,
    });
    const mirrors = debianMirrors(parsePrintedUris(printed.stdout), codename);
    if (mirrors.length === 0) return { skipped: "apt's configuration names no Debian mirror" };
    const failures: string[] = [];
    for (const mirror of mirrors) {
      try {
        return await installIntoCache(context.cacheDir, (workDir) => unpackFrom(mirror, workDir, context));
      } catch (error) {
        failures.push(`${mirror}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    throw new Error(failures.join('; '));
  },
};

async function unpackFrom(mirror: string, directory: string, context: FindContext): Promise<string> {
  const settings = { directory, mirror, suite: SUITE, keyring: await firstExisting(KEYRINGS) };
  await mkdir(join(directory, 'none'));
  await mkdir(join(directory, 'lists', 'partial'), { recursive: true });
  await mkdir(join(directory, 'cache', 'archives', 'partial'), { recursive: true });
  await writeFile(join(directory, 'busline.sources'), aptSource(settings));
  const config = join(directory, 'apt.conf');
  await writeFile(config, aptConfig(settings));
  const apt = async (...args: string[]) =>
    await withHeartbeat(
      (seconds) => `waiting for apt-get ${args.join(' ')}, ${seconds} s so far`,
      context.progress,
      async () =>
        // `Error-Mode=any` makes an index that cannot be fetched an error, where apt would only warn.
        await runCommand('apt-get', ['-q', '-c', config, '-o', 'APT::Update::Error-Mode=any', ...args], {
          timeoutMs: APT_TIMEOUT_MS,
          cwd: directory,
          env: { ...context.env, LC_ALL: 'C' },
        }),
    );
  context.progress(`reading the ${SUITE} index from ${mirror}`);
  await apt('update');
  await apt('download', 'nats-server');
  const archive = (await readdir(directory)).find((name) => name.endsWith('.deb'));
  if (archive === undefined) throw new Error('apt-get download left no package');
  await runCommand('dpkg-deb', ['-x', join(directory, archive), join(directory, 'package')], {
    timeoutMs: 60_000,
  });
  return join(directory, 'package', 'usr', 'sbin', 'nats-server');
}

async function firstExisting(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const exists = await access(path).then(
      () => true,
      () => false,
    );
    if (exists) return path;
  }
  return undefined;
}
