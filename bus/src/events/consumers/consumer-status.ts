import type { ConsumerInfo } from '@nats-io/jetstream';
import { deliversRetries, durableMark, handledBases, instanceOfDurable } from '../consume/consumer-group.ts';
import { eventName, isRetry } from '../contract/event-subject.ts';

/** How the instances of a consumer divide its events. */
export type ConsumerMode =
  /** Each event goes to one instance, whichever is free. */
  | 'shared'
  /** Each partition belongs to one instance, which keeps the order of keys. */
  | 'ordered'
  /** Each event goes to every instance. */
  | 'broadcast';

/** An instance of a consumer, where the bus knows them. */
export interface ConsumerInstance {
  readonly instance: string;
  /** Partitions that it owns; none where the consumer keeps no order. */
  readonly partitions: readonly number[];
}

/** How a consumer is getting on: all its durables together. */
export interface ConsumerStatus {
  readonly stream: string;
  readonly consumer: string;
  readonly mode: ConsumerMode;
  /** The events that it handles, as their subjects name them: the full name of the message, unless its contract says otherwise. */
  readonly events: readonly string[];
  /**
   * The lag: events that nobody has been given yet. One who reads all of a stream counts repetitions for other consumers
   * until it has passed over them.
   */
  readonly pending: number;
  /** Events that were given to an instance and are not acknowledged. */
  readonly unacknowledged: number;
  /** Of these, the ones that were given more than once. */
  readonly redelivered: number;
  /** When the oldest event that is not handled was stored; undefined when all are. */
  readonly oldestUnhandled: Date | undefined;
  /** Until when nothing is delivered; undefined while it is not paused. */
  readonly pausedUntil: Date | undefined;
  /** Pulls that wait at the broker. None means that nobody listens, or that all who do are busy. */
  readonly waitingPulls: number;
  /** Parts of the stream that are handled in order; 0 without order. */
  readonly partitions: number;
  /** Instances that take part now. The broker does not know those of a `shared` consumer, so there are none then. */
  readonly instances: readonly ConsumerInstance[];
  /** The JetStream consumers that it is made of. */
  readonly durables: readonly string[];
}

/** What is known of a consumer besides its durables. */
export interface ConsumerSurroundings {
  readonly stream: string;
  readonly consumer: string;
  readonly oldestUnhandled: Date | undefined;
  /** By instance, of an ordered consumer. */
  readonly partitionsOf: ReadonlyMap<string, readonly number[]>;
}

/** Adds up the durables of one consumer. */
export function consumerStatus(
  durables: readonly ConsumerInfo[],
  { stream, consumer, oldestUnhandled, partitionsOf }: ConsumerSurroundings,
): ConsumerStatus {
  const sum = (count: (info: ConsumerInfo) => number) =>
    durables.reduce((total, info) => total + count(info), 0);
  const names = durables.map(({ name }) => name).toSorted();
  const mode = modeOf(names, consumer);
  const bases = durables.flatMap(({ config }) => handledBases(config)).filter((base) => !isRetry(base));
  return {
    stream,
    consumer,
    mode,
    events: [...new Set(bases.map(eventName))].toSorted(),
    pending: sum(({ num_pending: pending }) => pending),
    unacknowledged: sum(({ num_ack_pending: open }) => open),
    redelivered: sum(({ num_redelivered: redelivered }) => redelivered),
    oldestUnhandled,
    pausedUntil: pausedUntil(durables),
    waitingPulls: sum(({ num_waiting: waiting }) => waiting),
    partitions: mode === 'ordered' ? names.filter((name) => !deliversRetries(name)).length : 0,
    instances:
      mode === 'broadcast'
        ? names
            .flatMap((name) => instanceOfDurable(name) ?? [])
            .map((instance) => ({ instance, partitions: [] }))
        : [...partitionsOf].map(([instance, partitions]) => ({ instance, partitions })),
    durables: names,
  };
}

function modeOf(names: readonly string[], consumer: string): ConsumerMode {
  if (names.some((name) => instanceOfDurable(name) !== undefined)) return 'broadcast';
  return names.some((name) => name.startsWith(`${consumer}${durableMark}p`)) ? 'ordered' : 'shared';
}

/** The earliest moment at which some durable goes on by itself; undefined when one of them is not paused. */
function pausedUntil(durables: readonly ConsumerInfo[]): Date | undefined {
  const times = durables.map(({ paused, config }) =>
    paused === true && config.pause_until !== undefined ? Date.parse(config.pause_until) : undefined,
  );
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 || known.length < times.length ? undefined : new Date(Math.min(...known));
}
