import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  createTokenIssuer,
  type KeyServer,
  startKeyServer,
  type TokenIssuer,
} from '../../../testing/token-issuer.ts';
import type { KeySource } from './key-source.ts';
import { createRemoteKeySource } from './remote-key-source.ts';

const log = pino({ level: 'silent' });
const minuteMs = 60_000;
let issuer: TokenIssuer;
let server: KeyServer;
let source: KeySource;
let nowMs: number;
let changes: number;

beforeEach(async () => {
  issuer = await createTokenIssuer();
  server = await startKeyServer(issuer.jwks());
  nowMs = 1_000_000;
  changes = 0;
  source = createRemoteKeySource({
    url: server.url,
    log,
    onChange: () => void changes++,
    nowMs: () => nowMs,
  });
});
afterEach(async () => {
  source.close();
  await server[Symbol.asyncDispose]();
});

describe('createRemoteKeySource()', () => {
  it('reads the keys once, however many ask', async () => {
    const sets = await Promise.all([source.current(), source.current(), source.current()]);
    expect(new Set(sets).size).toBe(1);
    expect(await source.current()).toBe(sets[0]);
    expect([server.requests, changes]).toEqual([1, 0]);
  });

  it('reads them again when they are old, without making anybody wait', async () => {
    const before = await source.current();
    await issuer.rotate('second');
    server.answer = issuer.jwks();
    nowMs += 11 * minuteMs;
    expect(source.current()).toBe(before);
    await vi.waitFor(() => expect(changes).toBe(1), 5_000);
    expect(source.current()).not.toBe(before);
  });

  it('reads them again for a key that is not there, but not for each', async () => {
    const first = await source.current();
    nowMs += minuteMs;
    await issuer.rotate('second');
    server.answer = issuer.jwks();
    const second = await source.newer(first);
    expect(second?.text).toBe(issuer.jwks());
    expect(await source.newer(first)).toBe(second);
    expect(second && (await source.newer(second))).toBeUndefined();
    expect(server.requests).toBe(2);
    nowMs += minuteMs;
    expect(second && (await source.newer(second))).toBeUndefined();
    expect(server.requests).toBe(3);
  });

  it.each([[503], ['<html>'], ['{"keys":"none"}'], ['x'.repeat(600 * 1024)]])(
    'keeps the last keys while the server answers with %s',
    async (answer) => {
      const keys = await source.current();
      server.answer = answer;
      nowMs += 11 * minuteMs;
      expect(source.current()).toBe(keys);
      await vi.waitFor(() => expect(server.requests).toBe(2), 5_000);
      // A key that is not there may be a new one: nobody can tell now.
      await expect(source.newer(keys)).rejects.toThrow('[unavailable]');
      expect(source.current()).toBe(keys);
      expect(changes).toBe(0);
    },
  );

  it('says that keys cannot be had while none ever were, and does not press the server', async () => {
    server.answer = 500;
    for (let i = 0; i < 5; i++) await expect(source.current()).rejects.toThrow('cannot be read now');
    expect(server.requests).toBe(1);
    server.answer = issuer.jwks();
    nowMs += 1_000;
    expect((await source.current()).text).toBe(issuer.jwks());
    expect(server.requests).toBe(2);
  });
});
