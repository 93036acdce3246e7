import { describe, expect, it } from 'vitest';
import type { EventWork } from '../consume/event-work.ts';
import { createKeyQueue } from './key-queue.ts';

type Keyed = EventWork & { readonly key: string };
const work = (key: string, sequence: number) => ({ key, delivery: { sequence } }) as unknown as Keyed;
const queue = () => createKeyQueue((item) => (item as Keyed).key);
const name = (item: EventWork | undefined) => item && `${(item as Keyed).key}${item.delivery.sequence}`;

describe('createKeyQueue()', () => {
  it('begins one event of each key, and the next when that is over', () => {
    const waiting = queue();
    const a1 = work('a', 1);
    for (const item of [a1, work('a', 2), work('b', 3)]) waiting.push(item);
    expect(name(waiting.next())).toBe('a1');
    expect(name(waiting.next())).toBe('b3');
    expect(waiting.next()).toBeUndefined();
    waiting.done(a1);
    expect(name(waiting.next())).toBe('a2');
    expect(waiting.next()).toBeUndefined();
  });

  it('begins by the place in the stream, in whatever order they come', () => {
    const waiting = queue();
    for (const sequence of [5, 2, 9, 1]) waiting.push(work('a', sequence));
    const order: unknown[] = [];
    for (let item = waiting.next(); item !== undefined; item = waiting.next()) {
      order.push(name(item));
      waiting.done(item);
    }
    expect(order).toEqual(['a1', 'a2', 'a5', 'a9']);
  });

  it('lets nothing pass an event that is to be tried again', () => {
    const waiting = queue();
    const first = work('a', 1);
    for (const item of [first, work('a', 2)]) waiting.push(item);
    expect(waiting.next()).toBe(first);
    expect(waiting.next()).toBeUndefined();
    waiting.again(first);
    expect(waiting.next()).toBe(first);
    waiting.done(first);
    expect(name(waiting.next())).toBe('a2');
  });

  it('does not put an earlier event before one that runs', () => {
    const waiting = queue();
    const running = work('a', 5);
    waiting.push(running);
    expect(waiting.next()).toBe(running);
    waiting.push(work('a', 3));
    waiting.done(running);
    expect(name(waiting.next())).toBe('a3');
  });

  it('gives out by place what has not begun', () => {
    const waiting = queue();
    const running = work('a', 1);
    waiting.push(running);
    waiting.next();
    for (const item of [work('b', 4), work('a', 3), work('c', 2)]) waiting.push(item);
    expect(waiting.takeAll().map(name)).toEqual(['c2', 'a3', 'b4']);
    waiting.done(running);
    expect(waiting.next()).toBeUndefined();
    waiting.push(work('a', 7));
    expect(name(waiting.next())).toBe('a7');
  });
});
