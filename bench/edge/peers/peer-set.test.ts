import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureInstalled, isInstalled, type PeerSet } from './peer-set.ts';

let folder: string;
let installs: number;
let said: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'busline-peers-'));
  installs = 0;
  said = [];
  writeFileSync(join(folder, 'manifest'), 'tea 1');
});
afterEach(() => rmSync(folder, { recursive: true }));

const set = (change: Partial<PeerSet> = {}): PeerSet => ({
  manifest: join(folder, 'manifest'),
  stamp: join(folder, 'stamp'),
  step: 'fetching tea',
  async install() {
    installs += 1;
  },
  ...change,
});
const ensure = (one: PeerSet) => ensureInstalled(one, (text) => said.push(text));

describe('ensureInstalled()', () => {
  it('installs once, and says so', async () => {
    expect(isInstalled(set())).toBe(false);
    expect(await ensure(set())).toBeUndefined();
    expect(await ensure(set())).toBeUndefined();
    expect(isInstalled(set())).toBe(true);
    expect({ installs, said }).toEqual({ installs: 1, said: ['fetching tea: once, some 50 MB'] });
  });

  it('installs again when the manifest has changed', async () => {
    await ensure(set());
    writeFileSync(join(folder, 'manifest'), 'tea 2');
    expect(isInstalled(set())).toBe(false);
    await ensure(set());
    expect(installs).toBe(2);
  });

  it('returns why a set cannot be had, and tries again the next time', async () => {
    const failing = set({ install: () => Promise.reject(new Error('no network')) });
    expect(await ensure(failing)).toBe('fetching tea failed where this was measured');
    expect(said).toContain('fetching tea failed: no network');
    expect(isInstalled(failing)).toBe(false);
    expect(await ensure(set())).toBeUndefined();
    expect(installs).toBe(1);
  });
});
