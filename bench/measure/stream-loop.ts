import { setTimeout as delay } from 'node:timers/promises';
import type { Generate } from '../subjects/subject.ts';
import type { LoopResult } from './loop-result.ts';

export interface StreamLoopOptions {
  readonly generate: Generate;
  /** What every message must hold. */
  readonly payload: Uint8Array;
  /** Streams open at once. */
  readonly atOnce: number;
  readonly warmUpMs: number;
  readonly windowMs: number;
  /** Called after the warm-up, with the streams running on. The timed window begins when it resolves. */
  readonly onWindow: () => Promise<void>;
}

/** Time beyond warm-up and window that a stream's deadline leaves, for a machine that is slow. */
const SPARE_MS = 30_000;

/**
 * Reads endless streams as fast as they come, and counts the messages of the timed window. Every message is checked for
 * its length, the first of each stream for its bytes.
 *
 * @throws what a stream fails with, and an Error where a message is not the payload, where a stream ends by itself, or
 * where no message came in the window.
 */
export async function streamLoop(options: StreamLoopOptions): Promise<LoopResult> {
  const { generate, payload, warmUpMs, windowMs } = options;
  const stop = new AbortController();
  let count = 0;
  const read = async (): Promise<void> => {
    let isFirst = true;
    try {
      await generate({
        payloadBytes: payload.byteLength,
        timeoutMs: warmUpMs + windowMs + SPARE_MS,
        signal: stop.signal,
        onMessage(received) {
          if (isFirst || received.byteLength !== payload.byteLength) checkWhole(payload, received);
          isFirst = false;
          count += 1;
        },
      });
    } catch (error) {
      if (stop.signal.aborted) return;
      throw error;
    }
    if (!stop.signal.aborted) throw new Error('a stream ended by itself');
  };
  const streams = Promise.all(Array.from({ length: options.atOnce }, read));
  try {
    // A stream ends early only by failing, and its failure then ends the wait.
    await Promise.race([delay(warmUpMs), streams]);
    await Promise.race([options.onWindow(), streams]);
    count = 0;
    const startedAt = performance.now();
    await Promise.race([delay(windowMs), streams]);
    const elapsedMs = performance.now() - startedAt;
    const counted = count;
    if (counted === 0) throw new Error(`no message came within ${elapsedMs.toFixed(0)} ms`);
    return { count: counted, elapsedMs, latenciesUs: [] };
  } finally {
    stop.abort();
    await streams;
  }
}

function checkWhole(expected: Uint8Array, received: Uint8Array): void {
  if (Buffer.compare(expected, received) !== 0) {
    throw new Error(
      `a message of ${received.byteLength} bytes is not the ${expected.byteLength} bytes that were asked for`,
    );
  }
}
