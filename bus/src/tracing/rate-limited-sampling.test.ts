import { describe, expect, it } from 'vitest';
import { rateLimitedSampling } from './rate-limited-sampling.ts';

describe('rateLimitedSampling()', () => {
  it('records the first traces of each second', () => {
    const { root } = rateLimitedSampling({ rootsPerSecond: 2, failuresPerSecond: 0 });
    const asked = [1_000, 1_001, 1_500, 1_999, 2_000, 2_001, 2_999, 9_000];
    expect(asked.map(root)).toEqual([true, true, false, false, true, true, false, true]);
  });

  it('counts failures by themselves', () => {
    const { root, failure } = rateLimitedSampling({ rootsPerSecond: 1, failuresPerSecond: 1 });
    expect([root(0), root(1), failure(2), failure(3)]).toEqual([true, false, true, false]);
  });

  it('does not let whoever is outside decide what it costs', () => {
    const { outside } = rateLimitedSampling({ rootsPerSecond: 1, failuresPerSecond: 0 });
    expect([outside(false, 0), outside(true, 1), outside(true, 2)]).toEqual([false, true, false]);
  });

  it('leaves a trace from elsewhere to whoever began it', () => {
    const { remote } = rateLimitedSampling({ rootsPerSecond: 0, failuresPerSecond: 0 });
    expect([remote(true), remote(false)]).toEqual([true, false]);
  });
});
