import { setTimeout as delay } from 'node:timers/promises';
import { Code, ConnectError } from '@connectrpc/connect';
import type { Connection } from '../connection/connection.ts';

/** How long an election may last, in milliseconds: the server's own timers are 4 to 9 s. */
const electionMs = 12_000;
const againMs = 250;

/** Tries again while nobody answers because a leader is being elected, as after a stream or durable was just made. */
export async function throughElections<T>(connection: Connection, work: () => Promise<T>): Promise<T> {
  const giveUpAtMs = performance.now() + electionMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const mayPass = error instanceof ConnectError && error.code === Code.Unavailable;
      if (!mayPass || connection.state !== 'connected' || performance.now() > giveUpAtMs) throw error;
      await delay(againMs);
    }
  }
}
