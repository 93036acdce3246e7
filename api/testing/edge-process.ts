import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The edge as a process of its own, started as a supervisor starts it. */
export interface EdgeProcess {
  readonly child: ChildProcess;
  readonly url: string;
  /** Standard output so far. */
  output(): string;
  /** Resolves with the exit code. */
  exited: Promise<number | null>;
}

/** Starts the edge on a free port. Rejects with its output when it ends before it is ready. */
export async function startEdgeProcess(env: Readonly<Record<string, string>>): Promise<EdgeProcess> {
  const { child, output, exited } = forkEdge({ PORT: '0', ...env });
  const ready = Promise.withResolvers<number>();
  child.on('message', (message: { type: string; port: number }) => {
    if (message.type === 'ready') ready.resolve(message.port);
  });
  void exited.then((code) => ready.reject(new Error(`the edge ended with ${code}: ${output()}`)));
  const port = await ready.promise;
  return { child, output, exited, url: `http://127.0.0.1:${port}` };
}

export function forkEdge(env: Readonly<Record<string, string>>): Omit<EdgeProcess, 'url'> {
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
  const child = fork(main, {
    env: { ...process.env, EDGE_ACCESS: 'open', ...env },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  // Not 'close', which Node.js does not emit for a child whose channel was disconnected.
  const outputEnd = child.stdout === null ? undefined : once(child.stdout, 'end');
  const exited = once(child, 'exit').then(async ([code]) => {
    await outputEnd;
    return code as number | null;
  });
  return { child, output: () => text, exited };
}
