import type { EchoService } from '@busline/schemas/busline/bench/v1/bench';
import type { Client } from '@connectrpc/connect';
import { ENDLESS_COUNT, type Generate } from './subject.ts';

/** Reads `Generate` streams by a client of Connect's, whatever its transport. */
export function readByClient(client: Client<typeof EchoService>): Generate {
  return async ({ payloadBytes, timeoutMs, signal, onMessage }) => {
    const messages = client.generate({ count: ENDLESS_COUNT, payloadBytes }, { timeoutMs, signal });
    for await (const { payload } of messages) onMessage(payload);
  };
}
