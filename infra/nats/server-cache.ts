import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ServerBinary } from './find-step.ts';
import { compareVersions, inspectServer } from './server-version.ts';

/** Where downloads are kept: `BUSLINE_CACHE`, else `$XDG_CACHE_HOME/busline`, else `~/.cache/busline`. */
export function cacheDirectory(env: NodeJS.ProcessEnv): string {
  if (env.BUSLINE_CACHE) return env.BUSLINE_CACHE;
  return join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'busline');
}

/** Platform and architecture stand in the name, so that a home directory shared by machines stays right. */
function cachedName(version: string): string {
  return `nats-server-${version}-${process.platform}-${process.arch}`;
}

/** The versions present, newest first. Names that are not ours are ignored. */
export async function listCached(cacheDir: string): Promise<string[]> {
  const names = await readdir(cacheDir).catch(() => []);
  const versions = names.flatMap((name) => {
    const version = /^nats-server-(\d+\.\d+\.\d+)-/.exec(name)?.[1];
    return version !== undefined && name === cachedName(version) ? [version] : [];
  });
  return versions.sort((a, b) => compareVersions(b, a)).map((version) => join(cacheDir, cachedName(version)));
}

/**
 * Gives `produce` an empty directory inside the cache, checks that the binary it returns runs, and moves that
 * binary into place. The move is one rename, so processes that fetch at the same time cannot see half a file,
 * and the last of them wins with an equally good one.
 */
export async function installIntoCache(
  cacheDir: string,
  produce: (workDir: string) => Promise<string>,
): Promise<ServerBinary> {
  const workDir = join(cacheDir, `fetch-${randomUUID()}`);
  await mkdir(workDir, { recursive: true });
  try {
    const fresh = await produce(workDir);
    await chmod(fresh, 0o755);
    const outcome = await inspectServer(fresh);
    if ('skipped' in outcome) throw new Error(outcome.skipped);
    const path = join(cacheDir, cachedName(outcome.version));
    await rename(fresh, path);
    return { path, version: outcome.version };
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}
