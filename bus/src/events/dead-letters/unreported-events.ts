import { DeadLetterReason } from '@busline/schemas/busline/deadletters/v1/deadletters';
import {
  AckPolicy,
  DeliverPolicy,
  DiscardPolicy,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
} from '@nats-io/jetstream';
import type { Msg } from '@nats-io/nats-core';
import type { Connection } from '../../connection/connection.ts';
import { consumerNotFound, isApiError, manage, streamNotFound } from '../../jetstream/manage.ts';
import { createAcknowledger } from '../consume/acknowledge.ts';
import { consumerOfDurable } from '../consume/consumer-group.ts';
import { createPullLoop } from '../consume/pull-loop.ts';
import { readEventHead } from '../envelope/event-head.ts';
import { storedHead } from '../envelope/stored-head.ts';
import { readAdvisory } from './advisory.ts';
import type { DeadLetterSink } from './dead-letter-sink.ts';

/**
 * Events whose handler never reports: it kills its process, or blocks it. The broker gives up on them after some
 * deliveries and only says so in an advisory. A stream keeps the advisories, and every worker that handles events helps
 * to make dead letters of them.
 */
const advisoryStream = 'BUSLINE_ADVISORIES';
const advisorySubject = '$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>';
const durable = 'dead-letters';

const maxBytes = 16 * 1024 * 1024;
const nsPerSecond = 1_000_000_000;
const maxAgeSeconds = 7 * 24 * 60 * 60;
const ackWaitSeconds = 60;
/** Advisories worked on at once: they are rare. */
const capacity = 8;
/** Wait after a failure, in milliseconds. */
const retryMs = 5_000;

/** Begins to watch. Returns the function that ends it. */
export async function watchUnreported(
  connection: Connection,
  deadLetters: DeadLetterSink,
): Promise<() => Promise<void>> {
  const acknowledger = createAcknowledger(connection);
  let held = 0;

  const work = async (message: Msg, ackSubject: string): Promise<void> => {
    held++;
    try {
      await keep(message);
      acknowledger.ack(ackSubject);
    } catch (error) {
      connection.log.warn(
        { err: error },
        'an event that nobody reported could not be made a dead letter yet',
      );
      acknowledger.nak(ackSubject, retryMs);
    } finally {
      held--;
      loop.poke();
    }
  };
  const keep = async (message: Msg): Promise<void> => {
    const advisory = readAdvisory(message.data);
    if (advisory === undefined) return;
    const { stream, sequence, deliveries } = advisory;
    await manage(connection, `stream ${stream}`, async (manager) => {
      const consumer = await consumerName(manager, stream, advisory.durable);
      if (consumer === undefined) return;
      const event = await manager.direct.getMessage(stream, { seq: sequence });
      if (event === null) {
        connection.log.warn({ ...advisory }, 'an event that nobody reported is gone from its stream');
        return;
      }
      const head = storedHead(event);
      await deadLetters.store({
        consumer,
        type: typeOf(head),
        subject: event.subject,
        delivery: {
          stream,
          durable: advisory.durable,
          count: deliveries,
          sequence,
          storedAtMs: event.time.getTime(),
          pending: 0,
        },
        head,
        body: event.data,
        reason: DeadLetterReason.NEVER_REPORTED,
        error: undefined,
      });
    });
  };

  const prepare = async (): Promise<void> => {
    await manage(connection, `stream ${advisoryStream}`, ensureAdvisories);
  };
  await prepare();
  const loop = createPullLoop({
    connection,
    stream: advisoryStream,
    durable,
    capacity,
    held: () => held,
    onEvent: (message, ackSubject) => void work(message, ackSubject),
    prepare,
  });
  return () => loop.stop();
}

async function ensureAdvisories(manager: JetStreamManager): Promise<void> {
  try {
    await manager.consumers.info(advisoryStream, durable);
  } catch (error) {
    if (!isApiError(error, streamNotFound, consumerNotFound)) throw error;
    await manager.streams.add({
      name: advisoryStream,
      description: 'events that were delivered as often as they may be, and never reported',
      subjects: [advisorySubject],
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      discard: DiscardPolicy.Old,
      max_bytes: maxBytes,
      max_age: maxAgeSeconds * nsPerSecond,
    });
    await manager.consumers.add(advisoryStream, {
      durable_name: durable,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
      ack_wait: ackWaitSeconds * nsPerSecond,
    });
  }
}

/** The consumer that a durable belongs to; undefined for one that is not ours. */
async function consumerName(
  manager: JetStreamManager,
  stream: string,
  name: string,
): Promise<string | undefined> {
  try {
    return consumerOfDurable((await manager.consumers.info(stream, name)).config);
  } catch (error) {
    if (isApiError(error, streamNotFound, consumerNotFound)) return undefined;
    throw error;
  }
}

function typeOf(head: Uint8Array): string {
  try {
    return readEventHead(head).type ?? '';
  } catch {
    return '';
  }
}
