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

/**
 * How many dead letters there are. What it costs does not grow with their number: one request to the broker.
 *
 * @throws ConnectError JETSTREAM_OFF, or UNAVAILABLE when the broker does not answer.
 */
export async function countDeadLetters(
  connection: Connection,
  reader: DirectReader,
  filter: DeadLetterCountFilter = {},
): Promise<number> {
  const subjects = deadLetterSubjects(filter);
  if (subjects === deadLetterSubjects({})) return await countAll(connection);
  const query = { from: { sequence: 1 }, filter: subjects, batch: 1 };
  try {
    // The first of them says how many come behind it.
    const { messages, pending } = await reader.read(deadLetterStream, query, new AbortController().signal);
    return messages.length + pending;
  } catch (error) {
    // Nobody answers for a stream that is not there, as before the first consumer.
    if ((await countAll(connection)) === 0) return 0;
    throw error;
  }
}

async function countAll(connection: Connection): Promise<number> {
  return await manage(connection, 'the dead letters', async (manager) => {
    try {
      return (await manager.streams.info(deadLetterStream)).state.messages;
    } catch (error) {
      if (isApiError(error, streamNotFound)) return 0;
      throw error;
    }
  });
}
