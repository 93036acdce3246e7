import { expect, it } from 'vitest';
import { mergeByTime } from './merge-by-time.ts';

async function* source(...times: (number | 'wait')[]): AsyncGenerator<number> {
  for (const time of times) {
    if (time === 'wait') await new Promise(() => {});
    else yield time;
  }
}

async function take(count: number, items: AsyncIterable<number>): Promise<number[]> {
  const taken: number[] = [];
  for await (const item of items) if (taken.push(item) === count) break;
  return taken;
}

const asTime = (item: number) => item;
const never = 60_000;

it('puts the earliest first, and ends with the last source', async () => {
  const merged = mergeByTime([source(1, 4, 5), source(), source(2, 3, 6)], asTime, never);
  expect(await take(Number.POSITIVE_INFINITY, merged)).toEqual([1, 2, 3, 4, 5, 6]);
});

it('does not wait for a source that has nothing to give', async () => {
  const merged = mergeByTime([source(1, 3, 'wait'), source('wait'), source(2, 4, 'wait')], asTime, 1);
  expect((await take(4, merged)).toSorted()).toEqual([1, 2, 3, 4]);
});

it('passes on at once what has no time', async () => {
  const merged = mergeByTime([source(1, 2), source(9)], (item) => (item === 9 ? undefined : item), never);
  expect(await take(Number.POSITIVE_INFINITY, merged)).toEqual([9, 1, 2]);
});

it('fails as its source does', async () => {
  async function* broken(): AsyncGenerator<number> {
    yield 1;
    throw new Error('gone');
  }
  const merged = mergeByTime([broken(), source('wait')], asTime, 1);
  await expect(take(Number.POSITIVE_INFINITY, merged)).rejects.toThrow('gone');
});
