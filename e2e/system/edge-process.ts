import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** An edge beside those of the stack, as a process of its own. */
export interface EdgeProcess {
  readonly port: number;
  readonly pid: number;
  signal(name: NodeJS.Signals): void;
  /** Resolves with the exit code, null when a signal ended it. */
  readonly exited: Promise<number | null>;
  /** The last of what it wrote. */
  output(): string;
  /** Lets it finish what is under way; kills it when that takes longer than `graceMs`. */
  stop(graceMs?: number): Promise<void>;
}

const keptOutput = 16_384;

/**
 * Starts the edge with settings from `env` over those of this process; `PORT` is a free one unless it says otherwise.
 * It ends with this process at the latest.
 *
 * @throws Error with what it wrote, when it ends before it listens.
 */
export async function startEdgeProcess(env: Readonly<Record<string, string>>): Promise<EdgeProcess> {
  const entry = fileURLToPath(new URL('../../api/src/main.ts', import.meta.url));
  const child = fork(entry, {
    env: { ...process.env, PORT: '0', ...env },
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-keptOutput);
    });
  }
  const exited = once(child, 'exit').then(([code]): number | null => code);
  const failed = exited.then((code): never => {
    throw new Error(`the edge ended with ${code} before it listened:\n${output}`);
  });
  failed.catch(() => {});
  const [notice] = await Promise.race([once(child, 'message'), failed]);
  return {
    port: (notice as { port: number }).port,
    pid: child.pid ?? 0,
    exited,
    output: () => output,
    signal: (name) => {
      child.kill(name);
    },
    async stop(graceMs = 2_000) {
      child.kill('SIGTERM');
      const cut = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await exited;
      clearTimeout(cut);
    },
  };
}
