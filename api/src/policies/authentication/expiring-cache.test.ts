import { describe, expect, it } from 'vitest';
import { createExpiringCache } from './expiring-cache.ts';

describe('createExpiringCache()', () => {
  it('forgets a value at its time', () => {
    const cache = createExpiringCache<number>(10);
    cache.set('a', 1, 100);
    expect(cache.get('a', 99)).toBe(1);
    expect(cache.get('a', 100)).toBeUndefined();
    expect(cache.size).toBe(0);
  });

  it('holds no more than it may, and keeps what is used', () => {
    const cache = createExpiringCache<number>(2);
    cache.set('a', 1, 100);
    cache.set('b', 2, 100);
    cache.get('a', 0);
    cache.set('c', 3, 100);
    expect(['a', 'b', 'c'].map((key) => cache.get(key, 0))).toEqual([1, undefined, 3]);
    cache.set('c', 4, 100);
    expect([cache.get('a', 0), cache.get('c', 0), cache.size]).toEqual([1, 4, 2]);
  });

  it('can be emptied', () => {
    const cache = createExpiringCache<number>(2);
    cache.set('a', 1, 100);
    cache.clear();
    expect(cache.get('a', 0)).toBeUndefined();
  });
});
