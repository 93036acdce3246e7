import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { drive } from './drive.ts';

const signal = new AbortController().signal;
const options = { concurrency: 1, durationMs: 200, warmupMs: 0, rate: undefined, signal };

describe('drive()', () => {
  it('counts calls from the moment they were to be made: a stall is everybody’s', async () => {
    let calls = 0;
    const stalling = async () => {
      calls++;
      if (calls === 5) await delay(100);
    };
    const { latency } = await drive(stalling, String, { ...options, rate: 100 });
    expect(latency.count).toBe(20);
    // The calls of the 100 ms that nothing was answered in have waited for their part of it.
    expect(latency.percentileMs(0.75)).toBeGreaterThan(40);
  });

  it('has so many calls under way at once, and counts failures apart', async () => {
    let running = 0;
    let most = 0;
    let calls = 0;
    const call = async () => {
      running++;
      most = Math.max(most, running);
      await delay(2);
      running--;
      if (calls++ % 2 === 0) throw new Error('odd');
    };
    const { latency, errors } = await drive(call, (error) => (error as Error).message, {
      ...options,
      concurrency: 7,
    });
    expect(most).toBe(7);
    expect(Math.abs((errors.get('odd') ?? 0) - latency.count)).toBeLessThanOrEqual(1);
  });
});
