import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '../../connection/connection.ts';
import type { DeadLetterSink } from '../dead-letters/dead-letter-sink.ts';
import { type ConsumerGroup, durableConfig, groupBindings } from './consumer-group.ts';
import { ensureDurable } from './ensure-durable.ts';
import { createEventConsumer, type EventConsumer } from './event-consumer.ts';
import type { EventBinding } from './on.ts';
import { createPullLoop, type PullLoop } from './pull-loop.ts';

/** The consuming side of a worker. */
export interface Consumers {
  /** Events whose handler runs. */
  readonly running: number;
  /**
   * Leaves without holding anything up: what is not begun is handed back at once, what runs is finished, at most for
   * `drainTimeoutMs`; what is not done then is handed back too.
   */
  stop(drainTimeoutMs: number): Promise<void>;
}

/**
 * Begins to consume.
 *
 * @throws TypeError for bindings that do not go together; ConnectError NO_STREAM, or when JetStream does not answer.
 */
export async function openConsumers(
  connection: Connection,
  bindings: readonly EventBinding[],
  deadLetters: DeadLetterSink,
): Promise<Consumers> {
  const groups = groupBindings(bindings);
  // All of them are there before the first event is taken: a worker starts whole or not at all.
  for (const group of groups) await ensureDurable(connection, group.stream, { wanted: durableConfig(group) });
  const open = groups.map((group) => openConsumer(connection, group, deadLetters));
  return {
    get running() {
      return open.reduce((sum, { consumer }) => sum + consumer.running, 0);
    },
    async stop(drainTimeoutMs) {
      await Promise.all(open.map((one) => leave(connection, one, drainTimeoutMs)));
    },
  };
}

interface OpenConsumer {
  readonly group: ConsumerGroup;
  readonly consumer: EventConsumer;
  readonly loop: PullLoop;
  close(): void;
}

/** Time between looks at the durable's place in the stream, in milliseconds. */
const placeEveryMs = 10_000;

function openConsumer(
  connection: Connection,
  group: ConsumerGroup,
  deadLetters: DeadLetterSink,
): OpenConsumer {
  const { stream, options } = group;
  const wanted = durableConfig(group);
  // Everything up to here is acknowledged: where the durable begins anew if somebody deletes it.
  let acknowledgedTo: number | undefined;
  const prepare = async (): Promise<void> => {
    const { info, created } = await ensureDurable(connection, stream, {
      wanted,
      resumeAfter: acknowledgedTo,
    });
    if (created)
      connection.log.warn(
        { stream, consumer: group.consumer, acknowledgedTo },
        'the consumer was gone and is made anew',
      );
    acknowledgedTo = info.ack_floor.stream_seq;
  };
  const consumer = createEventConsumer({
    connection,
    group,
    deadLetters,
    onRoom: () => loop.poke(),
    onBlocked: () => loop.suspend(),
  });
  const loop = createPullLoop({
    connection,
    stream,
    durable: wanted.durable_name,
    capacity: options.concurrency + options.prefetch,
    held: () => consumer.held,
    onEvent: (message, ackSubject) => consumer.take(message, ackSubject),
    prepare,
  });
  const look = setInterval(() => {
    if (connection.state !== 'connected') return;
    ensureDurable(connection, stream, { wanted, resumeAfter: acknowledgedTo }).then(
      ({ info }) => {
        acknowledgedTo = info.ack_floor.stream_seq;
      },
      (error: unknown) =>
        connection.log.debug({ err: error, stream }, 'the place of a consumer could not be read'),
    );
  }, placeEveryMs);
  return { group, consumer, loop, close: () => clearInterval(look) };
}

async function leave(
  connection: Connection,
  { group, consumer, loop, close }: OpenConsumer,
  drainTimeoutMs: number,
): Promise<void> {
  close();
  // First what waits, so that others have it at once; then what was on its way meanwhile goes back as it comes.
  consumer.handBack();
  await loop.stop();
  const patience = new AbortController();
  const tooLong = delay(drainTimeoutMs, true, { signal: patience.signal }).catch(() => false);
  const timedOut = await Promise.race([consumer.idle().then(() => false), tooLong]);
  patience.abort();
  if (timedOut) {
    const { running } = consumer;
    connection.log.warn(
      { consumer: group.consumer, running, drainTimeoutMs },
      'event handlers still ran at the end of the drain time',
    );
    consumer.abandon();
  }
  consumer.close();
}
