import type { ConnectError } from '@connectrpc/connect';
import type { Connection } from '../../connection/connection.ts';
import type { ConsumerGroup, DurableSpec } from '../consume/consumer-group.ts';
import { createDurableKeeper, type DurableState } from '../consume/durable-keeper.ts';
import { createEventConsumer } from '../consume/event-consumer.ts';
import type { Places } from '../consume/places.ts';
import { createPullLoop, type PullLoop } from '../consume/pull-loop.ts';
import { readEventSubject } from '../contract/event-subject.ts';
import type { DeadLetterSink } from '../dead-letters/dead-letter-sink.ts';
import { createHandledPlaces } from './handled-places.ts';
import { createKeyQueue } from './key-queue.ts';
import { createReturnGate, type ReturnGate } from './return-gate.ts';

export interface OwnedPartitionInit {
  readonly connection: Connection;
  readonly group: ConsumerGroup;
  readonly spec: DurableSpec;
  readonly deadLetters: DeadLetterSink;
  readonly places: Places;
  /** Whether the owner before gave it back in order, so that nothing of it can still be under way elsewhere. */
  readonly givenBack: boolean;
  /** Until when this process owns it, on the clock of `performance.now()`. */
  validUntilMs(): number;
}

/** A partition that this process owns: its events, each key in order. */
export interface OwnedPartition {
  /** Events whose handler runs. */
  readonly running: number;
  /** Takes nothing more, hands back what has not begun; resolves when nothing runs any more. */
  giveBack(): Promise<void>;
  /** Begins nothing more, at once: somebody else may own it. */
  drop(reason: ConnectError): Promise<void>;
}

/** Life of a pull, in milliseconds: one that outlives its owner would take events that nobody handles. */
const pullMs = 2_000;
/** Time between looks at the durable while the gate is closed, in milliseconds. */
const lookMs = 200;
/** Places remembered before the broker is asked which it knows. */
const mostHandled = 5_000;

export function ownPartition(init: OwnedPartitionInit): OwnedPartition {
  const { connection, group, spec, givenBack, validUntilMs } = init;
  const { stream, options } = group;
  const keeper = createDurableKeeper(connection, stream, spec);
  const handled = createHandledPlaces();
  const capacity = options.concurrency + options.prefetch;
  // Absent, and so closed, while nobody knows what is under way.
  let gate: ReturnGate | undefined;
  // Of what the gate waits for, how much is not here.
  let missing = 0;
  let over = false;
  let waited = false;
  let looking = false;
  let timer: NodeJS.Timeout | undefined;

  const owned = (ms = 0): boolean => !over && performance.now() + ms < validUntilMs();
  const consumer = createEventConsumer({
    connection,
    group,
    deadLetters: init.deadLetters,
    places: init.places,
    queue: createKeyQueue(({ message }) => readEventSubject(message.subject)?.key ?? ''),
    retriesHere: true,
    mayStart: () => gate?.open === true && owned(),
    onHandled(sequence) {
      handled.add(sequence);
      if (handled.size > mostHandled) look();
    },
    wasHandled: (sequence) => handled.has(sequence),
    isHandledElsewhere: (base) => keeper.handledBases.has(base),
    onRoom: () => loop?.poke(),
    onBlocked: () => {},
  });

  /** Learns what the broker knows, and how much of what it counts as under way is not here. */
  const compare = async (): Promise<DurableState> => {
    const held = consumer.heldOf(spec.name);
    const { running } = consumer;
    const state = await keeper.ensure();
    // What ended meanwhile may be counted there or not. While the gate is closed nothing begins.
    const here = held - (running - Math.min(running, consumer.running));
    missing = Math.max(0, state.unacknowledged - here);
    handled.acknowledgedTo(state.ackFloor);
    return state;
  };
  /** For the gate, and for what need not be remembered. */
  const look = (): void => {
    if (looking || over || connection.state !== 'connected') return;
    looking = true;
    compare()
      .then(({ unacknowledged }) => {
        gate?.looked({ unacknowledged, held: unacknowledged - missing });
        if (gate?.open) consumer.start();
      })
      .catch((error: unknown) =>
        connection.log.debug({ err: error, stream }, 'a partition could not be looked at'),
      )
      .finally(() => {
        looking = false;
      });
  };

  let loop: PullLoop | undefined;
  const begin = async (): Promise<void> => {
    const { unacknowledged } = await compare();
    if (over) return;
    if (unacknowledged > 0 && !givenBack && !waited) {
      // What a killed owner had under way comes again when the wait for its acknowledgement is over. Asking before
      // would bring later events first.
      waited = true;
      timer = setTimeout(tryBegin, options.ackWaitMs);
      return;
    }
    loop = createPullLoop({
      connection,
      stream,
      durable: spec.name,
      capacity,
      // A closed gate opens when all that it waits for is here, which can be more than one owner ever holds: what
      // was lost on its way to a broken connection counts as under way, and so does what came in its place.
      beyond: () => (gate?.open === false ? Math.max(0, consumer.heldOf(spec.name) + missing - capacity) : 0),
      expiresMs: pullMs,
      mayPull: () => owned(pullMs),
      held: () => consumer.heldOf(spec.name),
      onEvent(message, ackSubject) {
        const before = gate?.open;
        const sequence = sequenceOf(ackSubject);
        const isNew = !consumer.holds(sequence);
        consumer.take(message, ackSubject);
        if (isNew) gate?.received(sequence);
        if (before === false && gate?.open) consumer.start();
      },
      // After each break, too: what was lost on its way comes again later than its successors.
      async prepare() {
        gate = undefined;
        const { deliveredTo } = await compare();
        gate = createReturnGate(deliveredTo, missing);
        if (gate.open) consumer.start();
      },
    });
    timer = setInterval(() => {
      loop?.poke();
      if (gate?.open === false) look();
    }, lookMs);
  };
  const tryBegin = (): void => {
    begin().catch((error: unknown) => {
      connection.log.warn({ err: error, stream, durable: spec.name }, 'a partition could not be begun yet');
      if (!over) timer = setTimeout(tryBegin, lookMs);
    });
  };
  tryBegin();

  const end = async (): Promise<void> => {
    over = true;
    keeper.close();
    clearInterval(timer);
    await loop?.stop();
  };
  return {
    get running() {
      return consumer.running;
    },
    async giveBack() {
      consumer.handBack();
      await Promise.all([end(), consumer.idle()]);
      consumer.close();
    },
    async drop(reason) {
      consumer.abandon(reason);
      await end();
      consumer.close();
    },
  };
}

/** Place in the stream, from the subject of an acknowledgement. */
function sequenceOf(ackSubject: string): number {
  const tokens = ackSubject.split('.');
  return Number(tokens[tokens.length === 9 ? 5 : 7]);
}
