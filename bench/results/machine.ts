import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import type { MachineFacts } from './result-file.ts';

const require = createRequire(import.meta.url);
const PACKAGES = [
  '@nats-io/transport-node',
  '@grpc/grpc-js',
  '@connectrpc/connect-node',
  '@bufbuild/protobuf',
];

export function machineFacts(natsServerVersion: string): MachineFacts {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    os: `${type()} ${release()}`,
    node: process.version.slice(1),
    versions: {
      'nats-server': natsServerVersion,
      ...Object.fromEntries(PACKAGES.map((name) => [name, packageVersion(name)])),
    },
  };
}

/** Looks in node_modules folders upwards, because a package need not export its package.json. */
function packageVersion(name: string): string {
  for (const folder of require.resolve.paths(name) ?? []) {
    try {
      const parsed: unknown = JSON.parse(readFileSync(`${folder}/${name}/package.json`, 'utf8'));
      if (typeof parsed === 'object' && parsed !== null && 'version' in parsed) return String(parsed.version);
    } catch {
      // Not in this folder: the next one up may have it.
    }
  }
  return 'unknown';
}
