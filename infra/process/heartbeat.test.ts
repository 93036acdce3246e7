import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { withHeartbeat } from './heartbeat.ts';

describe('withHeartbeat()', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('reports after two seconds, then every ten while work lasts, then no more', async () => {
    const lines: string[] = [];
    const work = Promise.withResolvers<string>();
    const result = withHeartbeat(
      (seconds) => `waited ${seconds} s`,
      (text) => lines.push(text),
      async () => await work.promise,
    );
    await vi.advanceTimersByTimeAsync(1_900);
    expect(lines).toEqual([]);
    await vi.advanceTimersByTimeAsync(20_200);
    expect(lines).toEqual(['waited 2 s', 'waited 12 s', 'waited 22 s']);
    work.resolve('done');
    expect(await result).toBe('done');
    await vi.advanceTimersByTimeAsync(20_000);
    expect(lines).toHaveLength(3);
  });

  it('passes a failure on', async () => {
    const failing = withHeartbeat(
      () => '',
      () => {},
      async () => await Promise.reject(new Error('no')),
    );
    await expect(failing).rejects.toThrow('no');
    expect(vi.getTimerCount()).toBe(0);
  });
});
