import { setTimeout as delay } from 'node:timers/promises';
import { type OperationRecord, State } from '@busline/schemas/busline/durable/v1/operation';
import { Code, ConnectError } from '@connectrpc/connect';
import type { Connection } from '../connection/connection.ts';
import type { OperationRecords } from './operation-records.ts';
import type { OperationRef } from './operation-ref.ts';

export interface Waiting {
  readonly connection: Connection;
  readonly records: Pick<OperationRecords, 'get' | 'watch'>;
  readonly ref: OperationRef;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Wait before the broker is asked again after it went away, in milliseconds. */
const pauseMs = 200;

/**
 * Waits for the outcome of an operation, through restarts of the broker.
 *
 * @returns the record with its outcome; as it was last seen when the time is over; undefined when it is not there.
 * @throws what `signal` was aborted with; ConnectError UNAVAILABLE when it was not seen at all.
 */
export async function waitUntilDone(waiting: Waiting): Promise<OperationRecord | undefined> {
  const { connection, records, ref, timeoutMs, signal } = waiting;
  const expiresAtMs = performance.now() + timeoutMs;
  const timeIsOver = new AbortController();
  const timer = setTimeout(() => timeIsOver.abort(), Math.max(0, Math.min(timeoutMs, 2 ** 31 - 1)));
  const ends = signal === undefined ? timeIsOver.signal : AbortSignal.any([timeIsOver.signal, signal]);
  let last: OperationRecord | undefined;
  try {
    for (;;) {
      try {
        last = await records.get(ref);
        if (last === undefined || last.state === State.DONE || performance.now() >= expiresAtMs) return last;
        for await (const record of records.watch(ref, ends)) {
          last = record;
          if (record.state === State.DONE) return record;
        }
      } catch (error) {
        signal?.throwIfAborted();
        if (timeIsOver.signal.aborted) {
          if (last !== undefined) return last;
          throw error;
        }
        if (!(error instanceof ConnectError) || error.code !== Code.Unavailable) throw error;
        if (connection.state === 'closed') throw error;
        // An abort is seen at the next turn.
        await delay(pauseMs, undefined, { signal: ends }).catch(() => undefined);
      }
    }
  } finally {
    clearTimeout(timer);
  }
}
