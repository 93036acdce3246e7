import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A worker running as a process of its own, as it does in production. */
export interface WorkerProcess {
  /** Ends it politely; resolves with its exit code. May be called twice. */
  stop(): Promise<number | null>;
}

/** Starts another worker of this repository on a broker. Resolves when it serves. */
export async function startWorker(name: string, natsUrl: string): Promise<WorkerProcess> {
  const child = fork(fileURLToPath(new URL(`../../${name}/main.ts`, import.meta.url)), {
    env: { ...process.env, NATS_URL: natsUrl, LOG_LEVEL: 'error' },
    // The test runner's own flags are not the worker's.
    execArgv: [],
  });
  const exited = once(child, 'exit');
  const [outcome] = await Promise.race([once(child, 'message'), exited]);
  if (child.exitCode !== null) {
    throw new Error(`the worker "${name}" ended with ${outcome} before it served`);
  }
  return {
    async stop() {
      child.kill('SIGTERM');
      await exited;
      return child.exitCode;
    },
  };
}
