import type { StackEvent } from './events.ts';
import { withoutPassword } from './probe-nats.ts';
import type { Stack } from './stack.ts';

/** What `--json` prints: lines of JSON with a `type`, so that whoever started the system can follow it. */

/** One event. */
export function eventLine(event: StackEvent, now: Date): string {
  return JSON.stringify({ time: now, ...event });
}

/** Everything runs. */
export function readyLine(
  stack: Pick<Stack, 'apiUrl' | 'natsUrl' | 'workers' | 'logDir' | 'startedInMs'>,
  now: Date,
): string {
  return JSON.stringify({
    time: now,
    type: 'ready',
    apiUrl: stack.apiUrl,
    natsUrl: withoutPassword(stack.natsUrl),
    workers: Object.fromEntries(stack.workers),
    logDir: stack.logDir,
    startedInMs: Math.round(stack.startedInMs),
  });
}

/** `stopping` once asked to, `stopped` at the end. */
export function endLine(type: 'stopping' | 'stopped', now: Date): string {
  return JSON.stringify({ time: now, type });
}
