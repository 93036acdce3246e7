import { DeadLetterService } from '@busline/schemas/busline/deadletters/v1/deadletters';
import type { Bus } from '../bus.ts';
import { implement, type ServiceBinding } from '../rpc/server/implement.ts';

const defaultPageSize = 50;

/** The service by which tools work with dead letters: an ordinary one, over `bus.deadLetters`. */
export function deadLetterService({ deadLetters }: Pick<Bus, 'deadLetters'>): ServiceBinding {
  return implement(DeadLetterService, {
    async listDeadLetters({ pageSize, pageToken, consumer, eventType }) {
      const { letters, next } = await deadLetters.list({
        consumer,
        eventType,
        limit: pageSize || defaultPageSize,
        ...(pageToken !== '' && { after: pageToken }),
      });
      return { deadLetters: [...letters], nextPageToken: next ?? '' };
    },
    getDeadLetter: ({ deadLetterId }) => deadLetters.get(deadLetterId),
    editDeadLetter: ({ deadLetterId, event }) => deadLetters.edit(deadLetterId, event ?? {}),
    async retryDeadLetter({ deadLetterId }) {
      const { stream, sequence } = await deadLetters.retry(deadLetterId);
      return { stream, sequence: BigInt(sequence) };
    },
    async discardDeadLetter({ deadLetterId }) {
      await deadLetters.discard(deadLetterId);
      return {};
    },
  });
}
