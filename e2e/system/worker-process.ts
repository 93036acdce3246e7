import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A worker beside those of the stack, which nobody starts again when it ends. */
export interface WorkerProcess {
  /** When it said that it serves, by `performance.now()`. */
  readonly readyAtMs: number;
  signal(name: NodeJS.Signals): void;
  /** Resolves with the exit code, null when a signal ended it. */
  readonly exited: Promise<number | null>;
}

export interface WorkerLaunch {
  readonly entry: string;
  readonly natsUrl: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** The program of one of the shop's workers. */
export function shopWorker(name: string): string {
  return fileURLToPath(new URL(`../../workers/${name}/main.ts`, import.meta.url));
}

/**
 * Starts a worker process; resolves once it serves. It ends with this process at the latest.
 *
 * @throws Error with what it wrote, when it ends instead.
 */
export async function startWorkerProcess({ entry, natsUrl, env }: WorkerLaunch): Promise<WorkerProcess> {
  const child = fork(entry, {
    env: { ...process.env, ...env, NATS_URL: natsUrl },
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-8_192);
    });
  }
  const exited = once(child, 'exit').then(([code]): number | null => code);
  const serves = once(child, 'message');
  const failed = exited.then((code): never => {
    throw new Error(`${entry} ended with ${code} before it served:\n${output}`);
  });
  failed.catch(() => {});
  await Promise.race([serves, failed]);
  return {
    readyAtMs: performance.now(),
    exited,
    signal: (name) => {
      child.kill(name);
    },
  };
}
