import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
      errorFormat: 'problem',
      policies: closedPolicies,
      shutdownGraceMs: 15_000,
      docs: { title: 'Busline' },
      reflection: true,
      traces: true,
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
      REST_ERRORS: 'google',
      SHUTDOWN_GRACE_MS: '0',
      API_TITLE: 'Shop',
      API_VERSION: '2.1.0',
      REFLECTION: 'off',
      TRACES: 'off',
    };
    expect(readConfig(env)).toEqual({
      host: '0.0.0.0',
      port: 0,
      connections: defaultPortSettings,
      limits: { maxBodyBytes: 1000, deadline: { defaultMs: 500, maxMs: 600 } },
      errorFormat: 'google',
      policies: closedPolicies,
      shutdownGraceMs: 0,
      docs: { title: 'Shop', version: '2.1.0' },
      reflection: false,
      traces: false,
    });
    expect(readConfig({ DOCS: 'off', API_TITLE: 'Shop' }).docs).toBe('off');
  });

  it('lets the longest deadline follow a long default', () => {
    expect(readConfig({ DEFAULT_DEADLINE_MS: '120000' }).limits.deadline).toEqual({
      defaultMs: 120_000,
      maxMs: 120_000,
    });
  });

  it.each([
    [{ DOCS: 'yes' }, 'DOCS must be "on" or "off", not "yes"'],
    [{ PORT: '80a' }, 'PORT must be a whole number from 0 to 65535, not "80a"'],
    [{ REST_ERRORS: 'xml' }, 'REST_ERRORS must be problem or google, not "xml"'],
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

  it.each([
    [{}, 'authenticated'],
    [{ EDGE_ACCESS: '' }, 'authenticated'],
    [{ EDGE_ACCESS: 'open' }, 'open'],
    [{ EDGE_ACCESS: 'open', HOST: 'localhost' }, 'open'],
    [{ EDGE_ACCESS: 'open', HOST: '::1' }, 'open'],
    [{ EDGE_ACCESS: 'open-to-network', HOST: '0.0.0.0' }, 'open-to-network'],
    [{ HOST: '0.0.0.0' }, 'authenticated'],
  ])('with %j the access is %s', (env, access) => {
    expect(readConfig(env).policies.access).toBe(access);
  });

  it.each(['0.0.0.0', '::', '192.168.1.2', 'shop.example.com'])(
    'does not open an edge on %s by accident',
    (HOST) => {
      expect(() => readConfig({ EDGE_ACCESS: 'open', HOST })).toThrow(
        `HOST must be a loopback address such as 127.0.0.1, not "${HOST}"`,
      );
    },
  );

  it('refuses another access', () => {
    const message = 'EDGE_ACCESS must be authenticated, open or open-to-network, not "yes"';
    expect(() => readConfig({ EDGE_ACCESS: 'yes' })).toThrow(new TypeError(message));
  });

  it('reads the file of policies, and names it with what is wrong in it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'busline-config-'));
    const path = join(folder, 'edge.json');
    try {
      expect(() => readConfig({ EDGE_CONFIG: path })).toThrow(/^EDGE_CONFIG, .*edge\.json: ENOENT/);
      writeFileSync(path, '{"authentication":{"apiKeysFile":"keys.json"}}');
      expect(readConfig({ EDGE_CONFIG: path }).policies.authentication.apiKeysFile).toBe(
        join(folder, 'keys.json'),
      );
      writeFileSync(path, '{"cors":{}}');
      expect(() => readConfig({ EDGE_CONFIG: path })).toThrow(
        /^EDGE_CONFIG, .*edge\.json: cors\.origins must/,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
