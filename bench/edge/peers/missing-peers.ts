import type { EdgeSubject, PeerPackages } from '../edge-subject.ts';
import { npmPackages } from './npm-packages.ts';
import { ensureInstalled, isInstalled, type PeerSet } from './peer-set.ts';
import { pythonPackages } from './python-packages.ts';

const SETS: Readonly<Record<PeerPackages, PeerSet>> = { npm: npmPackages, python: pythonPackages };

/** Whether a subject can be measured without installing anything. */
export function isReady({ needsPackages }: EdgeSubject): boolean {
  return needsPackages === undefined || isInstalled(SETS[needsPackages]);
}

/** Installs what the subjects need. The reasons, by subject, why some of them cannot be measured. */
export async function missingPeers(
  subjects: readonly EdgeSubject[],
  onProgress: (text: string) => void,
): Promise<ReadonlyMap<string, string>> {
  const reasons = new Map<PeerPackages, string | undefined>();
  for (const { needsPackages } of subjects) {
    if (needsPackages === undefined || reasons.has(needsPackages)) continue;
    reasons.set(needsPackages, await ensureInstalled(SETS[needsPackages], onProgress));
  }
  const missing = new Map<string, string>();
  for (const { name, needsPackages } of subjects) {
    const reason = needsPackages && reasons.get(needsPackages);
    if (reason !== undefined) missing.set(name, reason);
  }
  return missing;
}
