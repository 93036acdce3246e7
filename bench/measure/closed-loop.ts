import { setTimeout as delay } from 'node:timers/promises';
import type { LoopResult } from './loop-result.ts';

export interface LoopOptions {
  readonly call: (payload: Uint8Array) => Promise<Uint8Array>;
  readonly payload: Uint8Array;
  /** Calls in flight at any time: this many lanes, each waiting for its reply before the next call. */
  readonly inFlight: number;
  readonly warmUpMs: number;
  readonly windowMs: number;
  /** Called after the warm-up, with the load running on. The timed window begins when it resolves. */
  readonly onWindow: () => Promise<void>;
}

/**
 * Keeps `inFlight` calls going and counts those that complete in the timed window.
 *
 * @throws what `call` throws, and an Error where a reply does not have the payload that was sent, or where no call
 * completed in the window.
 */
export async function closedLoop(options: LoopOptions): Promise<LoopResult> {
  const { call, payload, inFlight } = options;
  const isTimingEach = inFlight === 1;
  const latenciesUs: number[] = [];
  let calls = 0;
  let isStopped = false;
  const lane = async (): Promise<void> => {
    checkWhole(payload, await call(payload));
    while (!isStopped) {
      const startedAt = isTimingEach ? performance.now() : 0;
      const reply = await call(payload);
      if (reply.byteLength !== payload.byteLength) checkWhole(payload, reply);
      calls += 1;
      if (isTimingEach) latenciesUs.push((performance.now() - startedAt) * 1000);
    }
  };
  const lanes = Promise.all(Array.from({ length: inFlight }, lane));
  try {
    // A lane ends early only by failing, and its failure then ends the wait.
    await Promise.race([delay(options.warmUpMs), lanes]);
    await Promise.race([options.onWindow(), lanes]);
    latenciesUs.length = 0;
    calls = 0;
    const startedAt = performance.now();
    await Promise.race([delay(options.windowMs), lanes]);
    const elapsedMs = performance.now() - startedAt;
    if (calls === 0) throw new Error(`no call completed within ${elapsedMs.toFixed(0)} ms`);
    return { count: calls, elapsedMs, latenciesUs: [...latenciesUs] };
  } finally {
    isStopped = true;
    await lanes;
  }
}

function checkWhole(sent: Uint8Array, received: Uint8Array): void {
  if (Buffer.compare(sent, received) !== 0) {
    throw new Error(
      `a reply of ${received.byteLength} bytes is not the ${sent.byteLength} bytes that were sent`,
    );
  }
}
