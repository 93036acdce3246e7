import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { forEachConcurrently } from './for-each-concurrently.ts';

async function* numbers(count: number): AsyncIterable<number> {
  for (let n = 1; n <= count; n++) {
    yield n;
  }
}

describe('forEachConcurrently()', () => {
  it('works on every item, in order, on no more than the limit at once', async () => {
    const begun: number[] = [];
    let atOnce = 0;
    let most = 0;
    let ended = 0;
    await forEachConcurrently(numbers(20), 3, async (n) => {
      begun.push(n);
      atOnce += 1;
      most = Math.max(most, atOnce);
      await nextTurn();
      atOnce -= 1;
      ended += 1;
    });

    expect(begun).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    expect({ most, ended }).toEqual({ most: 3, ended: 20 });
  });

  it('begins no more after a failure, and waits for what is under way', async () => {
    const begun: number[] = [];
    let ended = 0;
    const run = forEachConcurrently(numbers(100), 2, async (n) => {
      begun.push(n);
      await nextTurn();
      ended += 1;
      if (n === 3) {
        throw new Error('three');
      }
    });

    await expect(run).rejects.toThrow('three');
    expect(begun.length).toBeLessThan(10);
    expect(ended).toBe(begun.length);
  });

  it('fails as the items do, once what is under way has ended', async () => {
    let ended = 0;
    async function* broken(): AsyncIterable<number> {
      yield 1;
      yield 2;
      throw new Error('no more');
    }
    const run = forEachConcurrently(broken(), 5, async () => {
      await nextTurn();
      ended += 1;
    });

    await expect(run).rejects.toThrow('no more');
    expect(ended).toBe(2);
  });

  it('lets the items go when it stops', async () => {
    let released = false;
    async function* endless(): AsyncIterable<number> {
      try {
        for (let n = 0; ; n++) {
          yield n;
        }
      } finally {
        released = true;
      }
    }
    const run = forEachConcurrently(endless(), 1, async () => {
      throw new Error('broken');
    });

    await expect(run).rejects.toThrow('broken');
    expect(released).toBe(true);
  });
});
