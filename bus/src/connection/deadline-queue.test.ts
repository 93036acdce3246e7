import { describe, expect, it } from 'vitest';
import { createDeadlineQueue, type DeadlineQueue } from './deadline-queue.ts';

function expired<T>(queue: DeadlineQueue<T>, nowMs: number): T[] {
  const items: T[] = [];
  queue.expire(nowMs, (item) => items.push(item));
  return items;
}

describe('createDeadlineQueue()', () => {
  it('expires what is due, oldest first within a timeout, once', () => {
    const queue = createDeadlineQueue<string>();
    queue.add('a', 100, 0);
    queue.add('b', 100, 10);
    queue.add('c', 100, 20);
    expect(expired(queue, 99)).toEqual([]);
    expect(expired(queue, 110)).toEqual(['a', 'b']);
    expect(expired(queue, 110)).toEqual([]);
    expect(queue.size).toBe(1);
    expect(expired(queue, Number.POSITIVE_INFINITY)).toEqual(['c']);
    expect(queue.size).toBe(0);
  });

  it('looks at every timeout', () => {
    const queue = createDeadlineQueue<string>();
    queue.add('long', 1_000, 0);
    queue.add('short', 10, 0);
    expect(expired(queue, 500)).toEqual(['short']);
    expect(expired(queue, 1_000)).toEqual(['long']);
  });

  it.each([
    ['the first', 0, ['b', 'c']],
    ['one between', 1, ['a', 'c']],
    ['the last', 2, ['a', 'b']],
  ])('forgets %s of a list, and a second time nothing', (_, index, left) => {
    const queue = createDeadlineQueue<string>();
    const deadlines = ['a', 'b', 'c'].map((item) => queue.add(item, 100, 0));
    for (const deadline of [deadlines[index], deadlines[index]])
      queue.remove(deadline as (typeof deadlines)[0]);
    expect(queue.size).toBe(2);
    expect(expired(queue, 100)).toEqual(left);
  });

  it('forgets nothing when asked to remove what has expired', () => {
    const queue = createDeadlineQueue<string>();
    const deadline = queue.add('a', 10, 0);
    queue.add('b', 10, 50);
    expect(expired(queue, 20)).toEqual(['a']);
    queue.remove(deadline);
    expect(queue.size).toBe(1);
    expect(expired(queue, 60)).toEqual(['b']);
  });

  it('lets an item that expires remove another that is due', () => {
    const queue = createDeadlineQueue<string>();
    queue.add('a', 10, 0);
    const b = queue.add('b', 10, 0);
    queue.add('c', 10, 0);
    const seen: string[] = [];
    queue.expire(10, (item) => {
      seen.push(item);
      queue.remove(b);
    });
    expect(seen).toEqual(['a', 'c']);
    expect(queue.size).toBe(0);
  });

  it('lets an item that expires add the next one, which waits for its own time', () => {
    const queue = createDeadlineQueue<string>();
    queue.add('a', 10, 0);
    const seen: string[] = [];
    queue.expire(10, (item) => {
      seen.push(item);
      queue.add('same timeout', 10, 10);
      queue.add('other timeout', 100, 10);
    });
    expect(seen).toEqual(['a']);
    expect(expired(queue, 20)).toEqual(['same timeout']);
    expect(expired(queue, 110)).toEqual(['other timeout']);
  });

  it('never expires an item early, and at most 16 ms late', () => {
    const queue = createDeadlineQueue<{ atMs: number }>();
    let pending = 0;
    // Timeouts that share a list through rounding, longest first and added at odd moments.
    for (let nowMs = 0; nowMs < 500; nowMs += 7) {
      for (const timeoutMs of [160, 159.5, 150, 145, 144, 1, 0.3]) {
        queue.add({ atMs: nowMs + timeoutMs }, timeoutMs, nowMs);
        pending++;
      }
    }
    for (let nowMs = 0; nowMs <= 700; nowMs++) {
      for (const { atMs } of expired(queue, nowMs)) {
        pending--;
        expect(atMs).toBeLessThanOrEqual(nowMs);
        // One millisecond is the step of this test's clock.
        expect(nowMs - atMs).toBeLessThanOrEqual(16 + 1);
      }
    }
    expect(pending).toBe(0);
    expect(queue.size).toBe(0);
  });

  it('sweeps quickly although ten thousand different timeouts were in use', () => {
    const queue = createDeadlineQueue<number>();
    for (let timeoutMs = 1; timeoutMs <= 10_000; timeoutMs++) {
      for (let repeat = 0; repeat < 10; repeat++) queue.add(timeoutMs, timeoutMs, 0);
    }
    expect(queue.size).toBe(100_000);
    expect(expired(queue, 10_000)).toHaveLength(100_000);
    // The lists are gone with their items: a sweep of an empty queue has nothing left to look at.
    const sinceMs = performance.now();
    for (let sweep = 0; sweep < 100_000; sweep++) queue.expire(20_000, () => {});
    expect(performance.now() - sinceMs).toBeLessThan(500);
  });
});
