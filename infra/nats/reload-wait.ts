import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const TIMEOUT_MS = 5_000;

/** What the server says after SIGHUP: the reload took place, the reason it did not, or nothing yet. */
export function parseReload(log: string): 'reloaded' | { readonly refused: string } | undefined {
  const refused = /Failed to reload server configuration: (.+)/.exec(log)?.[1];
  if (refused !== undefined) return { refused };
  return log.includes('Reloaded server configuration') ? 'reloaded' : undefined;
}

/** Waits for the server's answer to SIGHUP in the part of its log beyond `fromByte`. */
export async function waitForReload(logFile: string, fromByte: number): Promise<void> {
  const deadline = performance.now() + TIMEOUT_MS;
  for (;;) {
    const log = await readFile(logFile);
    // A log shorter than before was rotated meanwhile.
    const outcome = parseReload(log.subarray(log.length < fromByte ? 0 : fromByte).toString('utf8'));
    if (outcome === 'reloaded') return;
    if (outcome !== undefined)
      throw new Error(`the server refused its new configuration: ${outcome.refused}`);
    if (performance.now() > deadline) {
      throw new Error(`the server did not reload its configuration within ${TIMEOUT_MS / 1000} s`);
    }
    await delay(10);
  }
}
