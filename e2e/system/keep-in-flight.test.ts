import { describe, expect, it } from 'vitest';
import { keepInFlight } from './keep-in-flight.ts';

describe('keepInFlight()', () => {
  it('keeps as many under way as asked for, until stopped', async () => {
    let underWay = 0;
    const most: number[] = [];
    const load = keepInFlight(3, async () => {
      most.push(++underWay);
      await new Promise(setImmediate);
      underWay--;
    });
    await load.passed(10);
    await load.stop();
    expect(Math.max(...most)).toBe(3);
    expect(load.ended).toBeGreaterThanOrEqual(10);
    expect(load.ended).toBe(most.length);
    expect(underWay).toBe(0);
  });

  it('does not keep what a request throws to itself', async () => {
    const load = keepInFlight(2, () => Promise.reject(new Error('broken')));
    await expect(load.passed(1)).rejects.toThrow('broken');
    await expect(load.stop()).rejects.toThrow('broken');
  });
});
