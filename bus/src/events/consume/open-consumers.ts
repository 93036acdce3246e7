import type { Connection } from '../../connection/connection.ts';
import { isApiError, manage, streamNotFound } from '../../jetstream/manage.ts';
import { throughElections } from '../../jetstream/through-elections.ts';
import { type BroadcastConsumer, openBroadcastConsumer } from '../broadcast/broadcast-consumer.ts';
import type { DeadLetterSink } from '../dead-letters/dead-letter-sink.ts';
import { type OrderedConsumer, openOrderedConsumer } from '../order/ordered-consumer.ts';
import { type ConsumerGroup, type DurableSpec, durablesOf, groupBindings } from './consumer-group.ts';
import { createDurableKeeper, type DurableKeeper } from './durable-keeper.ts';
import { createEventConsumer, type EventConsumer } from './event-consumer.ts';
import { lateHandlers, leaveConsumer } from './leave-consumer.ts';
import type { EventBinding } from './on.ts';
import { createPlaces } from './places.ts';
import { createPullLoop, type PullLoop } from './pull-loop.ts';
import { createArrivalQueue } from './work-queue.ts';

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
  const prepared: { readonly group: ConsumerGroup; readonly keepers: readonly DurableKeeper[] }[] = [];
  const ordered: OrderedConsumer[] = [];
  const broadcast: BroadcastConsumer[] = [];
  const groups = groupBindings(bindings);
  const shared = groups.filter(({ options }) => !options.broadcast);
  // All durables are there before the first event is taken: a worker starts whole or not at all.
  for (const group of shared) {
    const [main, retries] = durablesOf(group, await subjectsOf(connection, group.stream));
    // Repetitions of dead letters have no place in the order any more, and go to whoever is free.
    const specs = group.options.orderByKey ? [retries] : [main, retries];
    const keepers = specs.map((spec) => createDurableKeeper(connection, group.stream, spec));
    for (const keeper of keepers) await throughElections(connection, () => keeper.ensure());
    prepared.push({ group, keepers });
  }
  const open = prepared.map(({ group, keepers }) =>
    openConsumer(connection, { group, keepers, deadLetters }),
  );
  for (const { group } of prepared) {
    if (group.options.orderByKey) ordered.push(await openOrderedConsumer(connection, group, deadLetters));
  }
  for (const group of groups) {
    if (group.options.broadcast)
      broadcast.push(
        await openBroadcastConsumer(connection, group, await subjectsOf(connection, group.stream)),
      );
  }
  return {
    get running() {
      const each = [...open.map(({ consumer }) => consumer), ...ordered, ...broadcast];
      return each.reduce((sum, { running }) => sum + running, 0);
    },
    async stop(drainTimeoutMs) {
      await Promise.all([
        ...[...ordered, ...broadcast].map((one) => one.stop(drainTimeoutMs)),
        ...open.map((one) => leave(connection, one, drainTimeoutMs)),
      ]);
    },
  };
}

/** What a stream stores; nothing for one that is not there, which whoever makes its durables says. */
async function subjectsOf(connection: Connection, stream: string): Promise<readonly string[]> {
  return await throughElections(connection, () =>
    manage(connection, `stream ${stream}`, async (manager) => {
      try {
        return (await manager.streams.info(stream)).config.subjects;
      } catch (error) {
        if (isApiError(error, streamNotFound)) return [];
        throw error;
      }
    }),
  );
}

interface OpenConsumer {
  readonly group: ConsumerGroup;
  readonly consumer: EventConsumer;
  readonly loops: readonly PullLoop[];
  readonly keepers: readonly DurableKeeper[];
}

interface ConsumerParts {
  readonly group: ConsumerGroup;
  readonly keepers: readonly DurableKeeper[];
  readonly deadLetters: DeadLetterSink;
}

function openConsumer(connection: Connection, { group, keepers, deadLetters }: ConsumerParts): OpenConsumer {
  const { stream, options } = group;
  const capacity = options.concurrency + options.prefetch;
  const consumer = createEventConsumer({
    connection,
    group,
    deadLetters,
    queue: createArrivalQueue(),
    places: createPlaces(options.concurrency),
    retriesHere: false,
    isHandledElsewhere: (base) => keepers.some((keeper) => keeper.handledBases.has(base)),
    onRoom() {
      for (const loop of loops) loop.poke();
    },
    onBlocked() {
      for (const loop of loops) loop.suspend();
    },
  });
  const loops = keepers.map((keeper) => {
    const durable: DurableSpec['name'] = keeper.spec.name;
    return createPullLoop({
      connection,
      stream,
      durable,
      capacity,
      held: () => consumer.heldOf(durable),
      onEvent: (message, ackSubject) => consumer.take(message, ackSubject),
      prepare: async () => void (await keeper.ensure()),
    });
  });
  return { group, consumer, loops, keepers };
}

async function leave(
  connection: Connection,
  { group, consumer, loops, keepers }: OpenConsumer,
  drainTimeoutMs: number,
): Promise<void> {
  for (const keeper of keepers) keeper.close();
  await leaveConsumer(connection, consumer, {
    loops,
    drainTimeoutMs,
    late: lateHandlers(group.consumer),
  });
}
