import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../process/run-command.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { findNatsServer } from './find-nats-server.ts';
import { type NatsConfig, natsConfig } from './nats-config.ts';

const files = { logFile: '/logs/nats.log', portsDir: '/ports' };

function lines(config: NatsConfig): string[] {
  return natsConfig(config, files).split('\n');
}

describe('natsConfig()', () => {
  it('listens on loopback only, without JetStream, when nothing is said', () => {
    expect(natsConfig({}, files)).toBe(
      [
        'server_name: "busline"',
        'listen: "127.0.0.1:4222"',
        'ports_file_dir: "/ports"',
        'log_file: "/logs/nats.log"',
        'logfile_size_limit: 4194304',
        'logfile_max_num: 2',
        'max_payload: 1048576',
        'ping_interval: "20000ms"',
        'write_deadline: "10000ms"',
        '',
      ].join('\n'),
    );
  });

  it.each<[string, NatsConfig, string]>([
    ['a free port', { port: 0 }, 'listen: "127.0.0.1:-1"'],
    ['another host', { host: '0.0.0.0', port: 4333 }, 'listen: "0.0.0.0:4333"'],
    ['monitoring', { monitorPort: 8222 }, 'http: "127.0.0.1:8222"'],
    ['sync every ten seconds', { jetStream: { storeDir: '/d' } }, '  "sync_interval": "10000ms"'],
    [
      'sync before each ack',
      { jetStream: { storeDir: '/d', syncIntervalMs: 'always' } },
      '  "sync_interval": "always"',
    ],
    [
      'mutual TLS',
      { tls: { certFile: 'c', keyFile: 'k', caFile: 'a', verifyClients: true } },
      '  "verify": true',
    ],
  ])('writes %s', (_case, config, line) => {
    expect(lines(config)).toContain(line);
  });

  it.each<[NatsConfig, string]>([
    [{ port: 70_000 }, 'port must be a whole number from 0 to 65535, not 70000'],
    [{ port: 1.5 }, 'port must be a whole number from 0 to 65535, not 1.5'],
    [{ monitorPort: -1 }, 'port must be a whole number from 0 to 65535, not -1'],
    [{ maxPayloadBytes: 0 }, 'maxPayloadBytes must be a whole number from 1 to 67108864, not 0'],
    [{ maxPayloadBytes: 1e9 }, 'maxPayloadBytes must be a whole number from 1 to 67108864, not 1000000000'],
    [{ pingIntervalMs: Number.NaN }, 'pingIntervalMs must be a whole number'],
    [{ writeDeadlineMs: 0.5 }, 'writeDeadlineMs must be a whole number'],
    [{ jetStream: { storeDir: '/d', syncIntervalMs: -1 } }, 'syncIntervalMs must be a whole number'],
    [{ jetStream: { storeDir: '/d', maxFileBytes: 0 } }, 'maxFileBytes must be a whole number'],
  ])('refuses %j', (config, message) => {
    expect(() => natsConfig(config, files)).toThrow(message);
  });

  // `nats-server -t` reads a configuration and ends: the format is the server's, so the server judges it.
  it.each<[string, NatsConfig]>([
    ['the defaults', {}],
    ['JetStream', { jetStream: { storeDir: '/tmp/with "quotes" and $dollar', syncIntervalMs: 'always' } }],
    [
      'users with permissions, and names that look like syntax',
      {
        users: [
          {
            user: 'edge',
            password: 'p"w}]#\\',
            permissions: { publish: { allow: ['rpc.>'] }, subscribe: { deny: ['>'] } },
          },
          { user: '$NAME', password: '// no comment' },
        ],
      },
    ],
    [
      'a cluster',
      { cluster: { name: 'c', port: 6222, routes: ['nats://127.0.0.1:6222', 'nats://127.0.0.1:6223'] } },
    ],
  ])('is accepted by the server: %s', async (_case, config) => {
    const directory = await temporaryDirectory();
    const file = join(directory, 'nats.conf');
    await writeFile(file, natsConfig(config, { logFile: join(directory, 'log'), portsDir: directory }));
    const { stderr } = await runCommand((await findNatsServer()).path, ['-t', '-c', file], {
      timeoutMs: 10_000,
    });
    expect(stderr).toContain('configuration file');
    expect(stderr).toContain('is valid');
  });
});
