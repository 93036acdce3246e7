import { describe, expect, it } from 'vitest';
import { type Admission, createAdmission } from './admission.ts';

interface Limits {
  readonly maxConcurrency?: number;
  readonly maxQueue?: number;
  readonly maxQueueMs?: number;
}

function recordedAdmission({ maxConcurrency = 2, maxQueue = 3, maxQueueMs = 100 }: Limits = {}) {
  const ran: string[] = [];
  const refused: [item: string, waitedMs: number | undefined][] = [];
  const admission = createAdmission<string>({
    maxConcurrency,
    maxQueue,
    maxQueueMs,
    run: (item) => ran.push(item),
    refuse: (item, waitedMs) => refused.push([item, waitedMs]),
  });
  return { ran, refused, admission };
}

function offerAll<T>(admission: Admission<T>, items: Iterable<T>): void {
  for (const item of items) admission.offer(item, 0);
}

describe('createAdmission()', () => {
  it('runs up to the limit, queues up to the bound, and refuses the rest at once', () => {
    const { ran, refused, admission } = recordedAdmission();
    offerAll(admission, 'abcdefg');
    expect(ran.join('')).toBe('ab');
    expect([admission.running, admission.waiting]).toEqual([2, 3]);
    expect(refused).toEqual([
      ['f', undefined],
      ['g', undefined],
    ]);
  });

  it('gives a free place to whoever came first', () => {
    const { ran, admission } = recordedAdmission();
    offerAll(admission, 'abcde');
    admission.done();
    admission.done();
    admission.done();
    expect(ran.join('')).toBe('abcde');
    expect([admission.running, admission.waiting]).toEqual([2, 0]);
    admission.done();
    admission.done();
    expect(admission.running).toBe(0);
  });

  it('refuses at once where there is no queue', () => {
    const { ran, refused, admission } = recordedAdmission({ maxConcurrency: 1, maxQueue: 0 });
    offerAll(admission, 'ab');
    expect(ran).toEqual(['a']);
    expect(refused).toEqual([['b', undefined]]);
    admission.done();
    admission.offer('c', 0);
    expect(ran).toEqual(['a', 'c']);
  });

  it('refuses those who have waited too long, and says how long', () => {
    const { ran, refused, admission } = recordedAdmission({ maxConcurrency: 1 });
    admission.offer('a', 0);
    admission.offer('b', 0);
    admission.offer('c', 60);
    admission.expire(99);
    expect(refused).toEqual([]);
    admission.expire(130);
    expect(refused).toEqual([['b', 130]]);
    admission.done();
    expect(ran).toEqual(['a', 'c']);
  });

  it('lets a waiting item leave from the middle', () => {
    const { ran, refused, admission } = recordedAdmission({ maxConcurrency: 1 });
    offerAll(admission, 'abcd');
    expect(admission.withdraw('c')).toBe(true);
    expect(admission.withdraw('c')).toBe(false);
    expect(admission.withdraw('a')).toBe(false);
    expect(admission.waiting).toBe(2);
    for (let done = 0; done < 3; done++) admission.done();
    expect(ran).toEqual(['a', 'b', 'd']);
    expect(refused).toEqual([]);
  });

  it('visits the waiting items in order; the visitor may withdraw them', () => {
    const { admission } = recordedAdmission({ maxConcurrency: 1 });
    offerAll(admission, 'abcd');
    const visited: string[] = [];
    admission.forEachWaiting((item) => {
      visited.push(item);
      admission.withdraw(item);
    });
    expect(visited).toEqual(['b', 'c', 'd']);
    expect(admission.waiting).toBe(0);
  });

  it('lets whoever is refused be offered again', () => {
    const again: number[] = [];
    const admission = createAdmission<number>({
      maxConcurrency: 1,
      maxQueue: 1,
      maxQueueMs: 10,
      run() {},
      refuse(item) {
        again.push(item);
        if (again.length < 3) admission.offer(item, 1_000);
      },
    });
    offerAll(admission, [1, 2]);
    admission.expire(10);
    expect(again).toEqual([2]);
    expect(admission.waiting).toBe(1);
  });

  it('runs 100,000 waiting items that are done at once without growing the stack', () => {
    const count = 100_000;
    let ran = 0;
    let deepest = 0;
    let depth = 0;
    const admission = createAdmission<number>({
      maxConcurrency: 1,
      maxQueue: count,
      maxQueueMs: 1_000,
      run(item) {
        ran++;
        deepest = Math.max(deepest, ++depth);
        if (item > 0) admission.done();
        depth--;
      },
      refuse: (item) => {
        throw new Error(`${item} was refused`);
      },
    });
    for (let item = 0; item <= count; item++) admission.offer(item, 0);
    expect([ran, admission.waiting]).toEqual([1, count]);
    admission.done();
    expect([ran, admission.running, admission.waiting]).toEqual([count + 1, 0, 0]);
    expect(deepest).toBe(1);
  });
});
