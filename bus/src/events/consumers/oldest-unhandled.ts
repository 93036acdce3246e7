import type { ConsumerInfo, JetStreamManager } from '@nats-io/jetstream';
import { isApiError, messageNotFound } from '../../jetstream/manage.ts';

/** When the oldest event was stored that some durable has not handled; undefined when all of them are through. */
export async function oldestUnhandled(
  manager: JetStreamManager,
  stream: string,
  durables: readonly ConsumerInfo[],
): Promise<Date | undefined> {
  const busy = durables.filter(({ num_pending: pending, num_ack_pending: open }) => pending + open > 0);
  const times = await Promise.all(
    busy.flatMap(({ ack_floor: { stream_seq: handledTo }, config }) =>
      (config.filter_subjects ?? [config.filter_subject ?? '>']).map((filter) =>
        storedAt(manager, stream, { seq: handledTo + 1, next_by_subj: filter }),
      ),
    ),
  );
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : new Date(Math.min(...known));
}

async function storedAt(
  manager: JetStreamManager,
  stream: string,
  query: { readonly seq: number; readonly next_by_subj: string },
): Promise<number | undefined> {
  try {
    return (await manager.direct.getMessage(stream, query))?.time.getTime();
  } catch (error) {
    // It was handled, or deleted, since the durable was looked at.
    if (isApiError(error, messageNotFound)) return undefined;
    throw error;
  }
}
