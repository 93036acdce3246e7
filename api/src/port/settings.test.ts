import { describe, expect, it } from 'vitest';
import { defaultPortSettings, readPortSettings } from './settings.ts';

describe('readPortSettings()', () => {
  it('has a default for everything', () => {
    expect(readPortSettings({})).toEqual(defaultPortSettings);
  });

  it('reads the environment', () => {
    const env = {
      TLS_CERT_FILE: 'a.crt',
      TLS_KEY_FILE: 'a.key',
      TLS_CLIENT_CA_FILE: 'ca.crt',
      TLS_CLIENT_CERT: 'request',
      TLS_RELOAD_MS: '1',
      MAX_CONNECTIONS: '2',
      PREFACE_TIMEOUT_MS: '3',
      HEADERS_TIMEOUT_MS: '4',
      KEEP_ALIVE_TIMEOUT_MS: '5',
      MAX_HEADER_BYTES: '2048',
      H2_MAX_STREAMS: '7',
      H2_WINDOW_BYTES: '70000',
      H2_IDLE_TIMEOUT_MS: '8',
      H2_PING_INTERVAL_MS: '9',
      H2_PING_TIMEOUT_MS: '10',
      SHUTDOWN_LINGER_MS: '11',
    };
    expect(readPortSettings(env)).toEqual({
      tls: {
        certFile: 'a.crt',
        keyFile: 'a.key',
        clientCaFile: 'ca.crt',
        clientCert: 'request',
        reloadIntervalMs: 1,
      },
      maxConnections: 2,
      prefaceTimeoutMs: 3,
      headersTimeoutMs: 4,
      keepAliveTimeoutMs: 5,
      maxHeaderBytes: 2_048,
      maxStreams: 7,
      windowBytes: 70_000,
      idleTimeoutMs: 8,
      pingIntervalMs: 9,
      pingTimeoutMs: 10,
      lingerMs: 11,
    });
  });

  it.each([
    [{ TLS_CERT_FILE: 'a.crt' }, 'TLS_CERT_FILE needs TLS_KEY_FILE beside it'],
    [{ TLS_KEY_FILE: 'a.key' }, 'TLS_KEY_FILE needs TLS_CERT_FILE beside it'],
    [{ TLS_CLIENT_CA_FILE: 'ca.crt' }, 'TLS_CLIENT_CA_FILE needs TLS_CERT_FILE and TLS_KEY_FILE beside it'],
    [
      { TLS_CERT_FILE: 'a.crt', TLS_KEY_FILE: 'a.key', TLS_CLIENT_CERT: 'maybe' },
      'TLS_CLIENT_CERT must be "require" or "request", not "maybe"',
    ],
    [{ H2_WINDOW_BYTES: '1' }, 'H2_WINDOW_BYTES must be a whole number from 65535 to 536870911, not "1"'],
    [{ MAX_CONNECTIONS: 'all' }, 'MAX_CONNECTIONS must be a whole number from 1 to 1000000, not "all"'],
  ])('refuses %j', (env, message) => {
    expect(() => readPortSettings(env)).toThrow(message);
  });
});
