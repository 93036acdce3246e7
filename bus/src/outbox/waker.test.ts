import { describe, expect, it } from 'vitest';
import { createWaker } from './waker.ts';

describe('createWaker()', () => {
  it('ends the wait there is', async () => {
    const waker = createWaker();
    const waiting = waker.wait(60_000);
    waker.wake();
    await waiting;
  });

  it('ends the next wait when there is none, and only that', async () => {
    const waker = createWaker();
    waker.wake();
    waker.wake();
    await waker.wait(60_000);
    let over = false;
    const second = waker.wait(60_000).then(() => {
      over = true;
    });
    await Promise.resolve();
    expect(over).toBe(false);
    waker.wake();
    await second;
  });

  it('ends by itself', async () => {
    await createWaker().wait(1);
  });
});
