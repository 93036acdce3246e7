import { describe, expect, it } from 'vitest';
import { createLease } from './lease.ts';

describe('createLease()', () => {
  const setUp = (answer: () => Promise<boolean>, leaseMs = 60_000) => {
    let asked = 0;
    let resigned = 0;
    const lease = createLease(
      {
        lead() {
          asked++;
          return answer();
        },
        async resign() {
          resigned++;
        },
      },
      leaseMs,
    );
    return { lease, asked: () => asked, resigned: () => resigned };
  };

  it('asks again only when a third of its time is over', async () => {
    const { lease, asked } = setUp(async () => true);
    expect(lease.held).toBe(false);
    expect(await lease.keep()).toBe(true);
    expect(await lease.keep()).toBe(true);
    expect(lease.held).toBe(true);
    expect(asked()).toBe(1);
  });

  it('is not held while another has it', async () => {
    const { lease, asked } = setUp(async () => false);
    expect(await lease.keep()).toBe(false);
    expect(await lease.keep()).toBe(false);
    expect(asked()).toBe(2);
  });

  it('ends by itself, counted from before the database was asked', async () => {
    const answer = Promise.withResolvers<boolean>();
    const { lease } = setUp(() => answer.promise, 20);
    const keeping = lease.keep();
    const askedAtMs = performance.now();
    await expect.poll(() => performance.now() - askedAtMs).toBeGreaterThan(20);
    answer.resolve(true);
    expect(await keeping).toBe(false);
  });

  it('is gone once it is given up, whatever is answered later', async () => {
    const answer = Promise.withResolvers<boolean>();
    const { lease, resigned } = setUp(() => answer.promise);
    const keeping = lease.keep();
    await lease.giveUp();
    answer.resolve(true);
    expect(await keeping).toBe(false);
    expect(resigned()).toBe(1);
  });
});
