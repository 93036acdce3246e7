import type { Connection } from '../../connection/connection.ts';
import { isApiError, manage, streamNotFound } from '../../jetstream/manage.ts';
import { deadLetterStream } from './dead-letter-stream.ts';

/** How many dead letters there are, of all consumers. */
export async function countDeadLetters(connection: Connection): Promise<number> {
  return await manage(connection, 'the dead letters', async (manager) => {
    try {
      return (await manager.streams.info(deadLetterStream)).state.messages;
    } catch (error) {
      if (isApiError(error, streamNotFound)) return 0;
      throw error;
    }
  });
}
