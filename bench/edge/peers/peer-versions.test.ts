import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { npmVersions, peerVersions, pythonVersions } from './peer-versions.ts';

describe('peerVersions()', () => {
  it('reads the lockfile of npm', () => {
    const lockfile = { packages: { '': { dependencies: { tea: '1.2.3' } }, 'node_modules/tea': {} } };
    expect(npmVersions(JSON.stringify(lockfile))).toEqual({ tea: '1.2.3' });
  });

  it('reads requirements.txt', () => {
    expect(pythonVersions('tea==1.2.3\nmilk==4\n')).toEqual({ tea: '1.2.3', milk: '4' });
  });

  it('names exact versions, and those of the workspace where both have a package', () => {
    const versions = peerVersions();
    expect(Object.keys(versions)).toEqual(
      expect.arrayContaining(['fastify', '@nestjs/core', 'flask', 'grpcio']),
    );
    expect(Object.values(versions).filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
    const workspace: { dependencies: Record<string, string> } = JSON.parse(
      readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
    );
    const shared = Object.keys(versions).filter((name) => name in workspace.dependencies);
    expect(shared).toEqual(['@grpc/grpc-js', '@nats-io/transport-node']);
    for (const name of shared) expect(versions[name]).toBe(workspace.dependencies[name]);
  });
});
