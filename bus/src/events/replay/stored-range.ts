import type { JetStreamManager } from '@nats-io/jetstream';
import type { Connection } from '../../connection/connection.ts';
import { isApiError, manage, messageNotFound } from '../../jetstream/manage.ts';
import type { OriginalEvent } from '../envelope/repetition.ts';
import { storedHead } from '../envelope/stored-head.ts';

/** Part of a stream: both ends belong to it. */
export interface StoredRange {
  readonly stream: string;
  readonly from: number;
  readonly to: number;
  /** What is read of it. */
  readonly subject: string;
}

/** Fetched at once: at most these many, or bytes. */
const batch = 256;
const maxBytes = 4 * 1024 * 1024;

/** The events of a range, in order. No more is read ahead than one batch. */
export async function* storedRange(
  connection: Connection,
  { stream, from, to, subject }: StoredRange,
): AsyncGenerator<OriginalEvent> {
  let next = from;
  while (next <= to) {
    const events = await manage(connection, `stream ${stream}`, (manager) =>
      fetchBatch(manager, stream, { seq: next, next_by_subj: subject }),
    );
    if (events.length === 0) return;
    for (const event of events) {
      if (event.sequence > to) return;
      yield event;
      next = event.sequence + 1;
    }
  }
}

async function fetchBatch(
  manager: JetStreamManager,
  stream: string,
  query: { readonly seq: number; readonly next_by_subj: string },
): Promise<OriginalEvent[]> {
  const events: OriginalEvent[] = [];
  try {
    for await (const message of await manager.direct.getBatch(stream, {
      ...query,
      batch,
      max_bytes: maxBytes,
    })) {
      events.push({
        stream,
        sequence: message.seq,
        storedAtMs: message.time.getTime(),
        subject: message.subject,
        head: storedHead(message),
        body: message.data,
      });
    }
  } catch (error) {
    if (!isApiError(error, messageNotFound) && !/not found|no messages/i.test(String(error))) throw error;
  }
  return events;
}
