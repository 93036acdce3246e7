import { describe, expect, it } from 'vitest';
import { blockBytes, createBlockPool } from './block-pool.ts';

describe('a pool of blocks', () => {
  it('hands out again what was given back', () => {
    const pool = createBlockPool();
    const block = pool.take(10);
    expect(block.length).toBe(blockBytes);
    expect(pool.take(10)).not.toBe(block);
    pool.give(block);
    expect(pool.take(blockBytes)).toBe(block);
  });

  it('makes what is larger than a block, and does not keep it', () => {
    const pool = createBlockPool();
    const large = pool.take(blockBytes + 1);
    expect(large.length).toBe(blockBytes + 1);
    pool.give(large);
    expect(pool.take(1)).not.toBe(large);
  });

  it('keeps few', () => {
    const pool = createBlockPool();
    const blocks = Array.from({ length: 20 }, () => pool.take(1));
    for (const block of blocks) pool.give(block);
    const again = new Set(Array.from({ length: 20 }, () => pool.take(1)));
    expect(blocks.filter((block) => again.has(block))).toHaveLength(8);
  });
});
