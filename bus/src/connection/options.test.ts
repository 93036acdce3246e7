import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Logger } from './logger.ts';
import { type ConnectOptions, completeOptions, positive } from './options.ts';

const logger: Logger = { debug() {}, info() {}, warn() {}, error() {} };

describe('completeOptions()', () => {
  beforeEach(() => {
    vi.stubEnv('NATS_URL', undefined);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('has a default for everything', () => {
    expect(completeOptions({ logger })).toEqual({
      servers: ['nats://127.0.0.1:4222'],
      name: 'busline',
      subjectPrefix: 'rpc',
      inboxPrefix: '_INBOX',
      timeoutMs: 10_000,
      connectTimeoutMs: 10_000,
      maxCallsInFlight: 65_536,
      maxBytesInFlight: 134_217_728,
      logger,
      nats: {},
    });
    expect(completeOptions({}).logger).toHaveProperty('info');
  });

  it('takes the servers of NATS_URL, unless told otherwise', () => {
    vi.stubEnv('NATS_URL', 'nats://a:1, nats://b:2');
    expect(completeOptions({ logger }).servers).toEqual(['nats://a:1', 'nats://b:2']);
    expect(completeOptions({ logger, servers: 'nats://c:3' }).servers).toEqual(['nats://c:3']);
    expect(completeOptions({ logger, servers: ['nats://c:3', 'd:4'] }).servers).toEqual([
      'nats://c:3',
      'd:4',
    ]);
  });

  const refused: [ConnectOptions, RegExp][] = [
    [{ servers: '' }, /^servers must name at least one broker/],
    [{ servers: [] }, /^servers must name/],
    [{ servers: 'nats://a:1,,' }, /^servers must name/],
    [{ servers: ['nats://a:1', 'wss://b:2'] }, /^servers: .* cannot use wss:\/\/b:2/],
    [{ subjectPrefix: 'a.>' }, /^subject prefix "a.>"/],
    [{ subjectPrefix: '' }, /^subject prefix ""/],
    [{ inboxPrefix: '_INBOX.' }, /^inboxPrefix "_INBOX."/],
    [{ inboxPrefix: '*' }, /^inboxPrefix "\*"/],
    [{ timeoutMs: 0 }, /^timeoutMs must be a whole number from 1 to 2147483647, not 0$/],
    [{ timeoutMs: 2 ** 31 }, /^timeoutMs must/],
    [{ timeoutMs: Number.POSITIVE_INFINITY }, /^timeoutMs must/],
    [{ connectTimeoutMs: -1 }, /^connectTimeoutMs must/],
    [{ maxCallsInFlight: 1.5 }, /^maxCallsInFlight must/],
    [{ maxCallsInFlight: 2 ** 20 + 1 }, /^maxCallsInFlight must/],
    [{ maxBytesInFlight: Number.NaN }, /^maxBytesInFlight must/],
  ];
  it.each(refused)('refuses %j, naming the option', (options, message) => {
    expect(() => completeOptions({ logger, ...options })).toThrow(TypeError);
    expect(() => completeOptions({ logger, ...options })).toThrow(message);
  });

  it.each(['_INBOX.orders', 'a', 'A-1.b_2'])('takes the inbox prefix %s', (inboxPrefix) => {
    expect(completeOptions({ logger, inboxPrefix })).toMatchObject({ inboxPrefix });
  });
});

describe('positive()', () => {
  it.each([1, 5, 10])('gives %d back', (value) => {
    expect(positive('size', value, 10)).toBe(value);
  });

  it.each([0, -1, 11, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses %d', (value) => {
    expect(() => positive('size', value, 10)).toThrow(
      new TypeError(`size must be a whole number from 1 to 10, not ${value}`),
    );
  });
});
