import { describe, expect, it } from 'vitest';
import { createTimerQueue } from './timer-queue.ts';

describe('a timer queue', () => {
  const queueAt = (start = 0) => {
    const clock = { ms: start };
    const fired: string[] = [];
    const queue = createTimerQueue(() => clock.ms);
    const add = (name: string, atMs: number, everyMs?: number) =>
      queue.add({ atMs, everyMs, work: () => void fired.push(name) });
    const run = (untilMs: number) => {
      for (let due = queue.next(untilMs); due !== undefined; due = queue.next(untilMs)) {
        clock.ms = due.atMs;
        queue.fire(due);
      }
      clock.ms = untilMs;
    };
    return { fired, add, run };
  };

  it('fires in order of time, then in the order they were set, and not what is later', () => {
    const { fired, add, run } = queueAt();
    add('late', 20);
    add('first', 10);
    add('second', 10);
    add('too late', 21);
    run(20);
    expect(fired).toEqual(['first', 'second', 'late']);
  });

  it('fires again what comes again, until it is removed', () => {
    const { fired, add, run } = queueAt();
    const timer = add('tick', 10, 10);
    run(35);
    timer.close();
    run(100);
    expect(fired).toEqual(['tick', 'tick', 'tick']);
  });

  it('begins a refreshed timer anew', () => {
    const { fired, add, run } = queueAt(5);
    const timer = add('once', 15);
    run(10);
    timer.refresh();
    run(19);
    expect(fired).toEqual([]);
    run(20);
    expect(fired).toEqual(['once']);
  });
});
