import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createSweep } from './sweep.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('calls what is due once, and nothing that was taken back', () => {
  const sweep = createSweep();
  const called: string[] = [];
  const now = performance.now();
  sweep.add(now + 100, () => called.push('first'));
  const takeBack = sweep.add(now + 100, () => called.push('taken back'));
  sweep.add(now + 300, () => called.push('second'));
  takeBack();
  vi.advanceTimersByTime(90);
  expect(called).toEqual([]);
  vi.advanceTimersByTime(100);
  expect(called).toEqual(['first']);
  vi.advanceTimersByTime(1000);
  expect(called).toEqual(['first', 'second']);
  expect(vi.getTimerCount()).toBe(0);
  sweep.add(performance.now() + 10, () => called.push('third'));
  vi.advanceTimersByTime(100);
  expect(called).toEqual(['first', 'second', 'third']);
});
