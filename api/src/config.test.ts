import { describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';
import { closedPolicies } from './policies/configuration/policy-config.ts';
import { defaultPortSettings } from './port/settings.ts';

describe('readConfig()', () => {
  it('has a default for everything', () => {
    expect(readConfig({})).toEqual({
      host: '127.0.0.1',
      port: 8080,
      connections: defaultPortSettings,
      limits: { maxBodyBytes: 4_194_304, deadline: { defaultMs: 10_000, maxMs: 60_000 } },
      policies: closedPolicies,
      shutdownGraceMs: 15_000,
    });
    expect(readConfig({ PORT: '', HOST: '' })).toEqual(readConfig({}));
  });

  it('reads the environment', () => {
    const env = {
      HOST: '0.0.0.0',
      PORT: '0',
      MAX_BODY_BYTES: '1000',
      DEFAULT_DEADLINE_MS: '500',
      MAX_DEADLINE_MS: '600',
      SHUTDOWN_GRACE_MS: '0',
    };
    expect(readConfig(env)).toEqual({
      host: '0.0.0.0',
      port: 0,
      connections: defaultPortSettings,
      limits: { maxBodyBytes: 1000, deadline: { defaultMs: 500, maxMs: 600 } },
      policies: closedPolicies,
      shutdownGraceMs: 0,
    });
  });

  it('lets the longest deadline follow a long default', () => {
    expect(readConfig({ DEFAULT_DEADLINE_MS: '120000' }).limits.deadline).toEqual({
      defaultMs: 120_000,
      maxMs: 120_000,
    });
  });

  it.each([
    [{ PORT: '80a' }, 'PORT must be a whole number from 0 to 65535, not "80a"'],
    [{ PORT: '65536' }, 'PORT must be a whole number from 0 to 65535, not "65536"'],
    [{ MAX_BODY_BYTES: '0' }, 'MAX_BODY_BYTES must be a whole number from 1 to 1073741824, not "0"'],
    [
      { MAX_DEADLINE_MS: '9999999999' },
      'MAX_DEADLINE_MS must be a whole number from 1 to 2147483647, not "9999999999"',
    ],
    [{ MAX_DEADLINE_MS: '10' }, 'DEFAULT_DEADLINE_MS (10000) must not be longer than MAX_DEADLINE_MS (10)'],
  ])('refuses %j', (env, message) => {
    expect(() => readConfig(env)).toThrow(new TypeError(message));
  });
});
