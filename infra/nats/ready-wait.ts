import { setTimeout as delay } from 'node:timers/promises';
import type { ServerPorts } from './ports-file.ts';

/** How a server process ended. */
export interface ServerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ReadyWait {
  readonly exited: Promise<ServerExit>;
  readonly timeoutMs: number;
  readonly readPorts: () => Promise<ServerPorts | undefined>;
}

/** Waits for the server's ports file. Rejects, saying which, when the server ends first or takes too long. */
export async function waitUntilReady({ exited, timeoutMs, readPorts }: ReadyWait): Promise<ServerPorts> {
  let exit: ServerExit | undefined;
  void exited.then((value) => {
    exit = value;
  });
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const ports = await readPorts();
    if (ports !== undefined) return ports;
    if (exit !== undefined)
      throw new Error(`ended while starting (${exit.signal ?? `exit code ${exit.code}`})`);
    if (performance.now() > deadline) {
      throw new Error(`did not accept connections within ${timeoutMs / 1000} s`);
    }
    await delay(5);
  }
}
