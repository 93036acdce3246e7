import { create } from '@bufbuild/protobuf';
import type { PreparedEvent, Published } from '@busline/bus';
import { type PublishResult, PublishResultSchema } from '@busline/schemas/busline/events/v1/event_service';
import { ConnectError } from '@connectrpc/connect';
import { errorDetails } from '../transcode/error-details.ts';

/** Publishes one event. @throws ConnectError */
export type SendEvent = (event: PreparedEvent) => Promise<Published>;

/**
 * Publishes events beside each other, those with the same key one after another, and tells what became of each.
 *
 * @throws ConnectError the first failure, when none was stored
 */
export async function publishBatch(
  events: readonly PreparedEvent[],
  send: SendEvent,
): Promise<PublishResult[]> {
  const ends = new Map<string, Promise<unknown>>();
  const outcomes = await Promise.all(
    events.map((event) => {
      const before = event.key === undefined ? undefined : ends.get(event.subject);
      const outcome = settle(before === undefined ? send(event) : before.then(() => send(event)));
      if (event.key !== undefined) ends.set(event.subject, outcome);
      return outcome;
    }),
  );
  const [first] = outcomes;
  if (first instanceof ConnectError && outcomes.every((outcome) => outcome instanceof ConnectError))
    throw first;
  return outcomes.map((outcome) =>
    create(PublishResultSchema, {
      result:
        outcome instanceof ConnectError
          ? { case: 'error', value: statusOf(outcome) }
          : { case: 'published', value: { ...outcome, sequence: BigInt(outcome.sequence) } },
    }),
  );
}

function settle(sending: Promise<Published>): Promise<Published | ConnectError> {
  return sending.catch((error: unknown) => {
    if (error instanceof ConnectError) return error;
    throw error;
  });
}

function statusOf(error: ConnectError) {
  return {
    code: error.code,
    message: error.rawMessage,
    details: errorDetails(error).map(({ typeName, value }) => ({
      typeUrl: `type.googleapis.com/${typeName}`,
      value,
    })),
  };
}
