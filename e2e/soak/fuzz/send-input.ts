import { connect } from 'node:net';
import type { FuzzInput } from './input.ts';

/** What became of one input. */
export interface Ending {
  /** What came back, one character a byte. */
  readonly received: string;
  /** Whether there was no answer, and the connection still open, after all that time. */
  readonly hung: boolean;
}

/** After an answer has begun, its rest comes within this time or does not matter, in milliseconds. */
const restMs = 3;

/** Most of an answer that is kept to be looked at. */
const keptBytes = 256 * 1024;

/**
 * Sends an input on a connection of its own. Resolves when it was answered, or when the edge has closed the connection; at
 * the latest after `boundMs`.
 */
export function sendInput(port: number, { bytes, patienceMs }: FuzzInput, boundMs: number): Promise<Ending> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    let received = '';
    let hung = false;
    let hangUp: NodeJS.Timeout | undefined;
    const bound = setTimeout(() => {
      hung = true;
      socket.destroy();
    }, boundMs);
    socket.setEncoding('latin1');
    socket.on('connect', () => {
      socket.write(bytes);
      if (Number.isFinite(patienceMs)) hangUp = setTimeout(() => socket.end(), patienceMs);
    });
    socket.on('data', (text: string) => {
      if (received.length < keptBytes) received += text;
      if (!Number.isFinite(patienceMs) || !isAnswer(received)) return;
      clearTimeout(hangUp);
      hangUp = setTimeout(() => socket.destroy(), restMs);
    });
    // A reset is as good an ending as any.
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(bound);
      clearTimeout(hangUp);
      resolve({ received, hung });
    });
  });
}

/** Whether more came than what each side of HTTP/2 says at the start: SETTINGS, acknowledgements, windows, pings. */
function isAnswer(received: string): boolean {
  if (received.startsWith('HTTP/1.1 ')) return true;
  const greetings = new Set([4, 6, 8]);
  for (let at = 0; at + 9 <= received.length; ) {
    if (!greetings.has(received.charCodeAt(at + 3))) return true;
    at +=
      9 + (received.charCodeAt(at) << 16) + (received.charCodeAt(at + 1) << 8) + received.charCodeAt(at + 2);
  }
  return false;
}
