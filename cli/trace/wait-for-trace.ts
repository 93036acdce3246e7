import { setTimeout as delay } from 'node:timers/promises';
import { type Trace, TraceService } from '@busline/schemas/busline/traces/v1/traces';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { edgeTransport } from '../connection/edge-transport.ts';
import type { CommandContext } from '../program/command-context.ts';

/** How long spans may take to arrive at the edge, in milliseconds: processes send them in batches. */
const longestMs = 8_000;
const lookEveryMs = 250;

/** Looks that must find nothing new before a trace counts as whole. */
const quietLooks = 3;

/** The trace of a call that was just made, once its spans have stopped arriving. Undefined: the edge has heard of none. */
export async function waitForTrace(context: CommandContext, traceId: string): Promise<Trace | undefined> {
  const client = createClient(TraceService, edgeTransport(context));
  const endMs = performance.now() + longestMs;
  let trace: Trace | undefined;
  for (let quiet = 0; quiet < quietLooks && performance.now() < endMs && !context.signal.aborted; ) {
    await delay(lookEveryMs, undefined, { signal: context.signal }).catch(() => {});
    const found = await client.getTrace({ traceId }).catch((error: unknown) => {
      if (ConnectError.from(error).code === Code.NotFound) return undefined;
      throw error;
    });
    quiet = found !== undefined && found.spans.length === trace?.spans.length ? quiet + 1 : 0;
    trace = found ?? trace;
  }
  return trace;
}
