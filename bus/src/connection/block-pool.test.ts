import { describe, expect, it } from 'vitest';
import { blockBytes, createBlockPool, largeBlockBytes } from './block-pool.ts';

describe('a pool of blocks', () => {
  it.each([
    { least: blockBytes, size: blockBytes },
    { least: blockBytes + 1, size: largeBlockBytes },
    { least: largeBlockBytes, size: largeBlockBytes },
  ])('hands out again what was given back: $size bytes for $least', ({ least, size }) => {
    const pool = createBlockPool();
    const block = pool.take(least);
    expect(block.length).toBe(size);
    expect(pool.take(least)).not.toBe(block);
    pool.give(block);
    expect(pool.take(least)).toBe(block);
  });

  it('makes what is larger than a block, and does not keep it', () => {
    const pool = createBlockPool();
    const large = pool.take(largeBlockBytes + 1);
    expect(large.length).toBe(largeBlockBytes + 1);
    pool.give(large);
    expect([pool.take(1), pool.take(largeBlockBytes)]).not.toContain(large);
  });

  it('keeps few', () => {
    const pool = createBlockPool();
    const blocks = Array.from({ length: 20 }, () => pool.take(1));
    for (const block of blocks) pool.give(block);
    const again = new Set(Array.from({ length: 20 }, () => pool.take(1)));
    expect(blocks.filter((block) => again.has(block))).toHaveLength(8);
  });
});
