import { AckPolicy, type ConsumerConfig } from '@nats-io/jetstream';
import type { Connection } from '../../connection/connection.ts';
import { consumerNotFound, isApiError, manage, streamNotFound } from '../../jetstream/manage.ts';
import { throughElections } from '../../jetstream/through-elections.ts';
import {
  broadcastDurable,
  type ConsumerGroup,
  type DurableSpec,
  durablesOf,
  newDurable,
} from '../consume/consumer-group.ts';
import { createDeliveryReader } from '../consume/delivery.ts';
import { noStream } from '../consume/ensure-durable.ts';
import { createEventConsumer } from '../consume/event-consumer.ts';
import { lateHandlers, leaveConsumer } from '../consume/leave-consumer.ts';
import { createPlaces } from '../consume/places.ts';
import { createPullLoop } from '../consume/pull-loop.ts';
import { createArrivalQueue } from '../consume/work-queue.ts';
import { readEventSubject } from '../contract/event-subject.ts';
import type { DeadLetterSink } from '../dead-letters/dead-letter-sink.ts';
import { createKeyQueue } from '../order/key-queue.ts';

/** A consumer of which every instance gets every event. */
export interface BroadcastConsumer {
  /** Events whose handler runs. */
  readonly running: number;
  /** Begins nothing more, and waits for what runs, at most for `drainTimeoutMs`. */
  stop(drainTimeoutMs: number): Promise<void>;
}

/**
 * How long the broker keeps the consumer of an instance that asks for nothing, in milliseconds: what a killed process leaves
 * behind. One that was only cut off, or busy, makes it anew behind the last event that it got.
 */
export const forgottenAfterMs = 5_000;

/**
 * Begins to consume. The place in the stream is kept here, not at the broker: the broker counts an event as delivered when it
 * has sent it, whether it arrived or not.
 *
 * @throws ConnectError NO_STREAM, or when JetStream does not answer.
 */
export async function openBroadcastConsumer(
  connection: Connection,
  group: ConsumerGroup,
  streamSubjects: readonly string[],
): Promise<BroadcastConsumer> {
  const { stream, options } = group;
  const { instance, log } = connection;
  const [main] = durablesOf(group, streamSubjects);
  const name = broadcastDurable(group.consumer, instance);
  const spec: DurableSpec = { ...main, name };
  let receivedTo: number | undefined;
  let madeAt = '';

  /** Makes the consumer anew behind the last event that arrived. */
  const begin = async (): Promise<void> => {
    await manage(connection, `consumer ${name} of stream ${stream}`, async (manager) => {
      try {
        const { created } = await manager.streams.info(stream);
        if (madeAt !== '' && created !== madeAt) {
          log.warn(
            { stream, consumer: group.consumer },
            'the stream was made anew; its events are taken from the first',
          );
          receivedTo = 0;
        }
        madeAt = created;
        await manager.consumers.delete(stream, name).catch((error: unknown) => {
          if (!isApiError(error, consumerNotFound)) throw error;
        });
        const made = await manager.consumers.add(stream, broadcastConfig(spec, receivedTo));
        receivedTo ??= made.delivered.stream_seq;
      } catch (error) {
        if (isApiError(error, streamNotFound)) throw noStream(stream, group.consumer);
        throw error;
      }
    });
  };
  await throughElections(connection, begin);

  const consumer = createEventConsumer({
    connection,
    group,
    deadLetters: passingOver(connection),
    places: createPlaces(options.concurrency),
    queue: options.orderByKey
      ? createKeyQueue(({ message }) => readEventSubject(message.subject)?.key ?? '')
      : createArrivalQueue(),
    // The broker would not deliver it again.
    retriesHere: true,
    isHandledElsewhere: () => false,
    onRoom: () => loop.poke(),
    onBlocked: () => {},
  });
  const readDelivery = createDeliveryReader();
  const loop = createPullLoop({
    connection,
    stream,
    durable: name,
    capacity: options.concurrency + options.prefetch,
    held: () => consumer.heldOf(name),
    onEvent(message, ackSubject) {
      const sequence = readDelivery(ackSubject)?.sequence ?? 0;
      if (receivedTo !== undefined && sequence <= receivedTo) return;
      receivedTo = sequence;
      consumer.take(message, ackSubject);
    },
    prepare: begin,
  });
  return {
    get running() {
      return consumer.running;
    },
    async stop(drainTimeoutMs) {
      await leaveConsumer(connection, consumer, {
        loops: [loop],
        drainTimeoutMs,
        late: lateHandlers(group.consumer),
      });
      await manage(connection, `consumer ${name}`, (manager) => manager.consumers.delete(stream, name)).catch(
        (error: unknown) =>
          log.debug({ err: error, stream, name }, 'the broker forgets the consumer by itself'),
      );
    },
  };
}

function broadcastConfig(spec: DurableSpec, resumeAfter: number | undefined): Partial<ConsumerConfig> {
  const {
    durable_name: name,
    ack_wait,
    max_deliver,
    max_ack_pending,
    ...config
  } = newDurable(spec, resumeAfter);
  return {
    ...config,
    name: name as string,
    ack_policy: AckPolicy.None,
    mem_storage: true,
    num_replicas: 1,
    inactive_threshold: forgottenAfterMs * 1_000_000,
  };
}

/** What becomes of an event that failed for good. */
function passingOver({ log }: Connection): DeadLetterSink {
  return {
    async store({ consumer, subject, delivery, error }) {
      log.error(
        { err: error, consumer, event: subject, sequence: delivery.sequence },
        'this instance passes over an event; a broadcast consumer has no dead letters',
      );
    },
  };
}
