import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { type KillProxy, startKillProxy } from './kill-proxy.ts';
import type { KillPoint } from './steps.ts';

/** A process that is killed again and again, and starts again each time. */
export interface Victim {
  /** Resolves when it is ready; it is not while it starts again. */
  ready(): Promise<void>;
  /** Has it killed at a message. */
  arm(point: KillPoint, skipped: number): void;
  disarm(): void;
  kill(): void;
  /** How often it was killed. */
  readonly deaths: number;
  send(message: object): void;
  stop(): Promise<void>;
}

export async function startVictim(
  file: string,
  brokerPort: number,
  environment: Readonly<Record<string, string>>,
): Promise<Victim> {
  const proxy: KillProxy = await startKillProxy(brokerPort);
  let child: ChildProcess;
  let deaths = 0;
  let stopping = false;
  let readiness: Promise<void>;

  const start = async (): Promise<void> => {
    child = fork(new URL(file, import.meta.url), {
      env: { ...process.env, LOG_LEVEL: 'fatal', NATS_URL: proxy.url, ...environment },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const started = child;
    started.once('exit', (code, signal) => {
      if (stopping) return;
      if (signal !== 'SIGKILL') throw new Error(`${file} ended by itself with ${code ?? signal}`);
      deaths++;
      readiness = start();
    });
    // Killed before it was ready: another has been started then.
    await Promise.race([once(started, 'message'), once(started, 'exit')]);
    if (started !== child) await readiness;
  };
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  readiness = start();
  await readiness;
  return {
    ready: () => readiness,
    arm: (point, skipped) => proxy.arm(point, skipped, kill),
    disarm: () => proxy.disarm(),
    kill,
    get deaths() {
      return deaths;
    },
    send(message) {
      child.send(message);
    },
    async stop() {
      stopping = true;
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      await proxy.stop();
    },
  };
}
