import type { Connection } from '../../connection/connection.ts';
import { isApiError, manage, streamNotFound } from '../../jetstream/manage.ts';
import type { DirectReader } from '../read/direct-reader.ts';
import { deadLetterStream, deadLetterSubjects } from './dead-letter-stream.ts';

/** Which dead letters to count; all of them where nothing is said. */
export interface DeadLetterCountFilter {
  /** Those of events of this stream. */
  readonly stream?: string;
  readonly consumer?: string;
}

/** How many dead letters there are. What it costs does not grow with their number. */
export async function countDeadLetters(
  connection: Connection,
  reader: DirectReader,
  filter: DeadLetterCountFilter = {},
): Promise<number> {
  const all = await manage(connection, 'the dead letters', async (manager) => {
    try {
      return (await manager.streams.info(deadLetterStream)).state.messages;
    } catch (error) {
      if (isApiError(error, streamNotFound)) return 0;
      throw error;
    }
  });
  const subjects = deadLetterSubjects(filter);
  if (all === 0 || subjects === deadLetterSubjects({})) return all;
  // The first of them says how many come behind it.
  const query = { from: { sequence: 1 }, filter: subjects, batch: 1 };
  const { messages, pending } = await reader.read(deadLetterStream, query, new AbortController().signal);
  return messages.length + pending;
}
