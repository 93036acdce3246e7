import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTicker, tickMs } from './ticker.ts';

describe('createTicker()', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const fail = (error: unknown): never => {
    throw error;
  };

  it('ticks for everyone, with the time, once it was woken', () => {
    const ticker = createTicker(fail);
    const seen: string[] = [];
    ticker.add((nowMs) => seen.push(`a ${nowMs === performance.now()}`) > 0);
    ticker.add(() => seen.push('b') > 0);
    vi.advanceTimersByTime(tickMs * 2);
    expect(seen).toEqual([]);
    ticker.wake();
    ticker.wake();
    vi.advanceTimersByTime(tickMs);
    expect(seen).toEqual(['a true', 'b']);
    ticker.stop();
  });

  it('calls a listener no more once it was taken out', () => {
    const ticker = createTicker(fail);
    let ticks = 0;
    const remove = ticker.add(() => ++ticks > 0);
    ticker.wake();
    vi.advanceTimersByTime(tickMs);
    remove();
    vi.advanceTimersByTime(tickMs * 3);
    expect(ticks).toBe(1);
    ticker.stop();
  });

  it('sleeps after a second in which nobody waited, and wakes again', () => {
    const ticker = createTicker(fail);
    let busy = true;
    let ticks = 0;
    ticker.add(() => {
      ticks++;
      return busy;
    });
    ticker.wake();
    vi.advanceTimersByTime(10_000);
    expect(vi.getTimerCount()).toBe(1);
    busy = false;
    vi.advanceTimersByTime(900);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(200);
    expect(vi.getTimerCount()).toBe(0);
    const ticksAsleep = ticks;
    ticker.wake();
    vi.advanceTimersByTime(tickMs);
    expect(ticks).toBe(ticksAsleep + 1);
    ticker.stop();
  });

  it('goes on after a listener threw', () => {
    const errors: unknown[] = [];
    const ticker = createTicker((error) => errors.push(error));
    let ticks = 0;
    ticker.add(() => fail(new Error('broken')));
    ticker.add(() => ++ticks > 0);
    ticker.wake();
    vi.advanceTimersByTime(tickMs * 2);
    expect(errors).toEqual([new Error('broken'), new Error('broken')]);
    expect(ticks).toBe(2);
    ticker.stop();
  });

  it('stays stopped', () => {
    const ticker = createTicker(fail);
    ticker.wake();
    ticker.stop();
    ticker.wake();
    expect(vi.getTimerCount()).toBe(0);
  });
});
