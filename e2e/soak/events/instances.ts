import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** Worker processes, killed and replaced while they do. */
export interface Instances {
  /** Kills one with SIGKILL and starts another in its place. */
  replace(index: number): Promise<void>;
  readonly size: number;
  stop(): Promise<void>;
}

export async function startInstances(
  size: number,
  environment: Readonly<Record<string, string>>,
  file: URL = new URL('./counting-worker.ts', import.meta.url),
): Promise<Instances> {
  const start = async (): Promise<ChildProcess> => {
    const child = fork(file, {
      env: { ...process.env, LOG_LEVEL: 'fatal', ...environment },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const [first] = await Promise.race([once(child, 'message'), once(child, 'exit')]);
    if (typeof first !== 'object') throw new Error(`an instance ended with ${first} before it was ready`);
    return child;
  };
  const kill = async (child: ChildProcess): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  const children = await Promise.all(Array.from({ length: size }, start));
  return {
    size,
    async replace(index) {
      const [killed] = children.splice(index, 1);
      if (killed !== undefined) await kill(killed);
      children.push(await start());
    },
    async stop() {
      await Promise.all(children.map(kill));
    },
  };
}
