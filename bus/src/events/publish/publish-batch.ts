import type { ConnectError } from '@connectrpc/connect';
import type { AckTable, Stored } from './ack-table.ts';
import type { PreparedEvent } from './prepare-event.ts';

export interface BatchOptions {
  /** Events without an acknowledgement at any time. */
  readonly window: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  onStored(stored: Stored, event: PreparedEvent): void;
}

/** An event of the batch, and the next one with its key. */
interface Entry {
  readonly event: PreparedEvent;
  next: Entry | undefined;
}

/**
 * Publishes events with a window: as many as it holds are on their way at once, and no more are read meanwhile.
 * Events with the same key go one after another, because one that has to be sent again would otherwise be stored
 * behind its successors.
 *
 * @throws the first failure, once nothing of the batch is on its way any more. What `events` throws, too.
 */
export async function publishBatch(
  table: AckTable,
  events: Iterable<PreparedEvent> | AsyncIterable<PreparedEvent>,
  { window, timeoutMs, signal, onStored }: BatchOptions,
): Promise<void> {
  // The last event of each key that is on its way or waits for one.
  const lastOfKey = new Map<string, Entry>();
  let open = 0;
  let failure: { readonly error: unknown } | undefined;
  let wake: (() => void) | undefined;

  const fail = (error: unknown): void => {
    failure ??= { error };
  };
  const settle = (entry: Entry): void => {
    const { key } = entry.event;
    open--;
    let next = entry.next;
    if (key !== undefined && lastOfKey.get(key) === entry) lastOfKey.delete(key);
    // After a failure nothing more is sent: what waited is over as well.
    for (; failure !== undefined && next !== undefined; next = next.next) open--;
    if (next !== undefined) send(next);
    wake?.();
  };
  const send = (entry: Entry): void => {
    const { subject, head, body } = entry.event;
    try {
      table.publish({
        subject,
        head,
        body,
        timeoutMs,
        onStored(stored) {
          try {
            onStored(stored, entry.event);
          } catch (error) {
            fail(error);
          }
          settle(entry);
        },
        onFailed(error: ConnectError) {
          fail(error);
          settle(entry);
        },
      });
    } catch (error) {
      fail(error);
      settle(entry);
    }
  };
  const enter = (event: PreparedEvent): void => {
    const entry: Entry = { event, next: undefined };
    open++;
    if (event.key !== undefined) {
      const earlier = lastOfKey.get(event.key);
      lastOfKey.set(event.key, entry);
      if (earlier !== undefined) {
        earlier.next = entry;
        return;
      }
    }
    send(entry);
  };
  const room = (most: number): Promise<void> =>
    new Promise((resolve) => {
      wake = () => {
        if (open > most) return;
        wake = undefined;
        resolve();
      };
      wake();
    });
  const stopped = (): boolean => failure !== undefined || signal?.aborted === true;

  try {
    if (Symbol.iterator in events) {
      for (const event of events) {
        // Asked for only when it is full: a promise per event costs as much as the event.
        if (open >= window) await room(window - 1);
        if (stopped()) break;
        enter(event);
      }
    } else {
      for await (const event of events) {
        if (open >= window) await room(window - 1);
        if (stopped()) break;
        enter(event);
      }
    }
  } catch (error) {
    fail(error);
  }
  await room(0);
  if (failure !== undefined) throw failure.error;
  signal?.throwIfAborted();
}
