import { join } from 'node:path';
import { withHeartbeat } from '../process/heartbeat.ts';
import { runCommand } from '../process/run-command.ts';
import type { FindStep } from './find-step.ts';
import { installIntoCache } from './server-cache.ts';
import { REFERENCE_VERSION } from './server-version.ts';

const GO_TIMEOUT_MS = 600_000;

/** Builds the server with an installed Go, which checks the module against Go's checksum database. */
export const fromGo: FindStep = {
  name: 'go install',
  async find({ env, cacheDir, progress }) {
    try {
      await runCommand('go', ['version'], { timeoutMs: 10_000, env });
    } catch (error) {
      return { skipped: `go cannot be used: ${error instanceof Error ? error.message : String(error)}` };
    }
    const target = `github.com/nats-io/nats-server/v2@v${REFERENCE_VERSION}`;
    progress(`building ${target}`);
    return await installIntoCache(cacheDir, async (workDir) => {
      await withHeartbeat(
        (seconds) => `waiting for go install, ${seconds} s so far (a first build takes a minute or two)`,
        progress,
        async () =>
          // GOBIN must be absolute; GOFLAGS such as -mod=vendor belong to the user's own modules.
          await runCommand('go', ['install', target], {
            timeoutMs: GO_TIMEOUT_MS,
            cwd: workDir,
            env: { ...env, GOBIN: workDir, GOFLAGS: '' },
          }),
      );
      return join(workDir, 'nats-server');
    });
  },
};
