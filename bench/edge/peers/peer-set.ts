import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

/** Packages that are installed for the bench alone, the first time it needs them. */
export interface PeerSet {
  /** The file that names them with their versions. */
  readonly manifest: string;
  /** Written beside what is installed: which manifest it came from. */
  readonly stamp: string;
  /** What installs them, as in "npm ci in bench/peers". */
  readonly step: string;
  /** @throws Error saying why they cannot be had. */
  install(): Promise<void>;
}

/** Whether the packages are there, as the manifest of now names them. */
export function isInstalled({ manifest, stamp }: PeerSet): boolean {
  try {
    return readFileSync(stamp, 'utf8') === digestOf(manifest);
  } catch {
    return false;
  }
}

/**
 * Installs a set unless it is there. What was wrong goes to `onProgress` in full; the reason returned is for a page that
 * others read, and names neither registries nor paths.
 *
 * @returns why it cannot be had, or undefined where it can.
 */
export async function ensureInstalled(
  set: PeerSet,
  onProgress: (text: string) => void,
): Promise<string | undefined> {
  if (isInstalled(set)) return undefined;
  onProgress(`${set.step}: once, some 50 MB`);
  try {
    await set.install();
  } catch (error) {
    onProgress(`${set.step} failed: ${error instanceof Error ? error.message : error}`);
    return `${set.step} failed where this was measured`;
  }
  writeFileSync(set.stamp, digestOf(set.manifest));
  return undefined;
}

function digestOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
