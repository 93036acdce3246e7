import { describe, expect, it } from 'vitest';
import { rateLimitFields } from './rate-limit-fields.ts';
import { createRateLimiter } from './rate-limiter.ts';
import type { RateLimit } from './token-bucket.ts';

const limit: RateLimit = { name: 'search', requests: 60, perSeconds: 60, burst: 2 };

describe('createRateLimiter()', () => {
  it('counts each caller by itself', () => {
    const limiter = createRateLimiter(limit);
    const allowed = (caller: string) => limiter.take(caller, 0).allowed;
    expect([allowed('a'), allowed('a'), allowed('a'), allowed('b')]).toEqual([true, true, false, true]);
    expect(limiter.take('a', 1000).allowed).toBe(true);
  });

  it('forgets callers whose bucket is full again, as others arrive', () => {
    const limiter = createRateLimiter(limit);
    for (let i = 0; i < 1000; i++) limiter.take(`rush-${i}`, 0);
    for (let i = 0; i < 600; i++) limiter.take('late', 10_000 + i);
    expect(limiter.size).toBe(1000 - 2 + 1);
    for (let i = 0; i < 1200; i++) limiter.take(`late-${i}`, 20_000 + 2_000 * i);
    expect(limiter.size).toBeLessThan(4);
  });

  it('holds no more callers than it may, and keeps the limit of those that go on calling', () => {
    const limiter = createRateLimiter({ ...limit, requests: 1, perSeconds: 3600, burst: 1 }, 100);
    limiter.take('steady', 0);
    let letThrough = 0;
    for (let i = 0; i < 90; i++) {
      limiter.take(`flood-${i}`, i);
      letThrough += limiter.take('steady', i).allowed ? 1 : 0;
    }
    expect([limiter.size, letThrough]).toEqual([91, 0]);
    for (let i = 0; i < 10_000; i++) limiter.take(`flood-${i}`, i);
    expect(limiter.size).toBe(100);
  });
});

describe('rateLimitFields()', () => {
  it('says what the limit is and what is left of it', () => {
    const limiter = createRateLimiter(limit);
    const fields = () => rateLimitFields(limit, limiter.take('a', 0));
    expect(fields()).toEqual({ 'ratelimit-policy': '"search";q=60;w=60', ratelimit: '"search";r=1;t=1' });
    expect(fields()).toMatchObject({ ratelimit: '"search";r=0;t=1' });
    expect(fields()).toMatchObject({ ratelimit: '"search";r=0;t=1' });
  });
});
