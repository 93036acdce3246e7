import { describe, expect, it } from 'vitest';
import { run as faults } from './faults.ts';
import { run as memory } from './memory.ts';
import { run as streams } from './streams.ts';

// The short forms of the long proofs; the figures are in their own files.
describe('streams hold their promise for a few seconds', () => {
  it('with messages lost, repeated, delayed and reordered', async () => {
    const { ok, violations, counts } = await faults({ seconds: 2, seed: 1 });
    expect(violations).toEqual([]);
    expect(
      Math.min(...['drop', 'duplicate', 'delay', 'swap'].map((fault) => counts[fault] ?? 0)),
    ).toBeGreaterThan(0);
    expect(ok).toBe(true);
  }, 60_000);

  it('with many messages, much data and many streams at once', async () => {
    const { ok, violations } = await streams({ seconds: 2, seed: 1 });
    expect(violations).toEqual([]);
    expect(ok).toBe(true);
  }, 60_000);

  it('with somebody frozen, in bounded memory', async () => {
    const { ok, violations } = await memory({ seconds: 2, seed: 1 });
    expect(violations).toEqual([]);
    expect(ok).toBe(true);
  }, 120_000);
});
