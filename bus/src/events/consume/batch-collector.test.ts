import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createBatchCollector } from './batch-collector.ts';

describe('createBatchCollector()', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const collecting = (concurrency = 1) => {
    const batches: number[][] = [];
    const ends: (() => void)[] = [];
    const collector = createBatchCollector<number>({
      maxEvents: 3,
      maxWaitMs: 100,
      concurrency,
      run(batch) {
        batches.push([...batch]);
        return new Promise((resolve) => ends.push(resolve));
      },
    });
    const endOne = async () => {
      ends.shift()?.();
      await vi.advanceTimersByTimeAsync(0);
    };
    return { batches, collector, endOne };
  };

  it('begins a batch that is full at once', () => {
    const { batches, collector } = collecting();
    for (const n of [1, 2, 3, 4]) collector.add(n);
    expect(batches).toEqual([[1, 2, 3]]);
  });

  it('begins one that is not full when its first has waited long enough', async () => {
    const { batches, collector } = collecting();
    collector.add(1);
    await vi.advanceTimersByTimeAsync(60);
    collector.add(2);
    await vi.advanceTimersByTimeAsync(39);
    expect(batches).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(batches).toEqual([[1, 2]]);
  });

  it('runs no more at once than it may, and goes on when one ends', async () => {
    const { batches, collector, endOne } = collecting(2);
    for (let n = 1; n <= 8; n++) collector.add(n);
    await vi.advanceTimersByTimeAsync(200);
    expect(batches).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    await endOne();
    expect(batches.at(-1)).toEqual([7, 8]);
  });

  it('waits for the rest when one ends before the next is due', async () => {
    const { batches, collector, endOne } = collecting();
    for (const n of [1, 2, 3, 4]) collector.add(n);
    await endOne();
    expect(batches).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(100);
    expect(batches).toEqual([[1, 2, 3], [4]]);
  });

  it('does not wait once it is flushed', () => {
    const { batches, collector } = collecting();
    collector.add(1);
    collector.flush();
    expect(batches).toEqual([[1]]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('flushes what waits for the batch before, and gathers again afterwards', async () => {
    const { batches, collector, endOne } = collecting();
    for (const n of [1, 2, 3, 4]) collector.add(n);
    collector.flush();
    expect(batches).toEqual([[1, 2, 3]]);
    await endOne();
    expect(batches.at(-1)).toEqual([4]);
    await endOne();
    collector.add(5);
    expect(batches).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(100);
    expect(batches.at(-1)).toEqual([5]);
  });
});
