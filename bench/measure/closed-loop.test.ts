import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { closedLoop, type LoopOptions } from './closed-loop.ts';

const echo = async (payload: Uint8Array): Promise<Uint8Array> => {
  await nextTurn();
  return payload;
};
const options = (change: Partial<LoopOptions>): LoopOptions => ({
  call: echo,
  payload: new Uint8Array([1, 2, 3]),
  inFlight: 4,
  warmUpMs: 5,
  windowMs: 20,
  onWindow: async () => undefined,
  ...change,
});

describe('closedLoop()', () => {
  it('keeps exactly the asked number of calls in flight, and ends them all', async () => {
    let inFlight = 0;
    let most = 0;
    const call = async (payload: Uint8Array): Promise<Uint8Array> => {
      inFlight += 1;
      most = Math.max(most, inFlight);
      await nextTurn();
      inFlight -= 1;
      return payload;
    };
    await closedLoop(options({ call, inFlight: 7 }));
    expect({ most, inFlight }).toEqual({ most: 7, inFlight: 0 });
  });

  it('counts the calls of the window, not those of the warm-up', async () => {
    let beforeWindow = 0;
    let all = 0;
    const result = await closedLoop(
      options({
        call: async (payload) => {
          const reply = await echo(payload);
          all += 1;
          return reply;
        },
        onWindow: async () => {
          beforeWindow = all;
        },
      }),
    );
    expect(beforeWindow).toBeGreaterThan(0);
    expect(result.count).toBeGreaterThan(0);
    expect(result.count).toBeLessThanOrEqual(all - beforeWindow);
    expect(result.elapsedMs).toBeGreaterThanOrEqual(19);
  });

  it('times each call when one is in flight, and only then', async () => {
    const one = await closedLoop(options({ inFlight: 1 }));
    expect(one.latenciesUs).toHaveLength(one.count);
    const many = await closedLoop(options({ inFlight: 2 }));
    expect(many.latenciesUs).toEqual([]);
  });

  it.each([
    ['a call that fails', async () => Promise.reject(new Error('broken')), 'broken'],
    ['a reply with other bytes', async () => new Uint8Array([3, 2, 1]), 'not the 3 bytes that were sent'],
    ['a reply of another length', async () => new Uint8Array(2), 'a reply of 2 bytes is not'],
  ])('fails on %s', async (_what, call, problem) => {
    await expect(closedLoop(options({ call, inFlight: 1 }))).rejects.toThrow(problem);
  });

  it('fails on no call in the window', async () => {
    const { promise: over, resolve } = Promise.withResolvers<void>();
    let calls = 0;
    const call = async (payload: Uint8Array): Promise<Uint8Array> => {
      calls += 1;
      if (calls > 1) await over;
      return payload;
    };
    // Timers fire in the order of their times, however late they are: this one behind that of the window.
    const onWindow = async (): Promise<void> => void delay(300).then(resolve);
    await expect(closedLoop(options({ call, inFlight: 1, onWindow }))).rejects.toThrow(
      'no call completed within',
    );
  });
});
