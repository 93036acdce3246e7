import { Code } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { type Change, type ChangeTarget, createChangeQueue } from './change-queue.ts';

/** Values with revisions, as JetStream KV keeps them, that count what is asked of them. */
function counters(lostRaces = 0) {
  const stored = new Map<string, { value: number; revision: number }>();
  const seen = { reads: 0, writes: 0 };
  const target: ChangeTarget<number> = {
    name: 'counters',
    async read(key) {
      seen.reads++;
      return stored.get(key);
    },
    async write(key, value, revision) {
      seen.writes++;
      const current = stored.get(key);
      if (seen.writes <= lostRaces) {
        // Somebody else was faster, by ten.
        stored.set(key, { value: (current?.value ?? 0) + 10, revision: (current?.revision ?? 0) + 1 });
        return false;
      }
      if (current?.revision !== revision) return false;
      stored.set(key, { value, revision: (revision ?? 0) + 1 });
      return true;
    },
  };
  return { stored, seen, target };
}

const increment: Change<number> = (current) => (current ?? 0) + 1;

describe('createChangeQueue()', () => {
  it('applies every change, those asked for at the same time with few writes', async () => {
    const { stored, seen, target } = counters();
    const queue = createChangeQueue(target);
    const results = await Promise.all(Array.from({ length: 1_000 }, () => queue.apply('k', increment)));
    expect(results).toEqual(Array.from({ length: 1_000 }, (_, index) => index + 1));
    expect(stored.get('k')?.value).toBe(1_000);
    expect(seen.writes).toBeLessThanOrEqual(4);
  });

  it('keeps keys apart', async () => {
    const { stored, target } = counters();
    const queue = createChangeQueue(target);
    await Promise.all(['a', 'b', 'a'].map((key) => queue.apply(key, increment)));
    expect([stored.get('a')?.value, stored.get('b')?.value]).toEqual([2, 1]);
  });

  it('tells a change that throws, and applies the others as if it had not been there', async () => {
    const { stored, target } = counters();
    const queue = createChangeQueue(target);
    const [first, broken, last] = await Promise.allSettled([
      queue.apply('k', increment),
      queue.apply('k', () => {
        throw new Error('out of stock');
      }),
      queue.apply('k', increment),
    ]);
    expect(first).toEqual({ status: 'fulfilled', value: 1 });
    expect(broken).toEqual({ status: 'rejected', reason: new Error('out of stock') });
    expect(last).toEqual({ status: 'fulfilled', value: 2 });
    expect(stored.get('k')).toEqual({ value: 2, revision: expect.any(Number) });
  });

  it('writes nothing for a change that leaves the value as it is', async () => {
    const { seen, target } = counters();
    const queue = createChangeQueue(target);
    expect(await queue.apply('k', () => undefined)).toBeUndefined();
    await queue.apply('k', increment);
    expect(await queue.apply('k', (current) => current)).toBe(1);
    expect(await queue.apply('k', () => undefined)).toBe(1);
    expect(seen.writes).toBe(1);
  });

  it('applies a change again to the newer value after a lost race', async () => {
    const { stored, target } = counters(3);
    const currents: (number | undefined)[] = [];
    const result = await createChangeQueue(target).apply('k', (current) => {
      currents.push(current);
      return increment(current);
    });
    expect(currents).toEqual([undefined, 10, 20, 30]);
    expect(result).toBe(31);
    expect(stored.get('k')?.value).toBe(31);
  });

  it('gives up with ABORTED when others keep winning, and goes on with the next change', async () => {
    const { seen, target } = counters(50);
    const queue = createChangeQueue(target);
    await expect(queue.apply('k', increment)).rejects.toMatchObject({
      code: Code.Aborted,
      rawMessage: 'counters: "k" is being changed by others; try again',
    });
    expect(seen.writes).toBe(50);
    expect(await queue.apply('k', increment)).toBe(501);
  });

  it('tells all that waited when the store fails, and goes on with the next change', async () => {
    const { target } = counters();
    let broken = true;
    const queue = createChangeQueue<number>({
      ...target,
      async read(key) {
        if (broken) throw new Error('no broker');
        return target.read(key);
      },
    });
    const results = await Promise.allSettled([queue.apply('k', increment), queue.apply('k', increment)]);
    expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected']);
    broken = false;
    expect(await queue.apply('k', increment)).toBe(1);
  });

  it('takes a change that is asked for when another one ends', async () => {
    const { target } = counters();
    const queue = createChangeQueue(target);
    const chained = queue.apply('k', increment).then(() => queue.apply('k', increment));
    expect(await chained).toBe(2);
  });
});
