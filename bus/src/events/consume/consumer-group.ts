import { AckPolicy, type ConsumerConfig, DeliverPolicy, ReplayPolicy } from '@nats-io/jetstream';
import {
  allOf,
  partitionOfBase,
  retriesOfConsumer,
  retriesOfStream,
  retryBase,
} from '../contract/event-subject.ts';
import type { CompleteConsumerOptions, StartFrom } from './consumer-options.ts';
import { filtersFor } from './filter.ts';
import type { EventBinding } from './on.ts';

/** Bindings that share a durable: those of one consumer in one stream. */
export interface ConsumerGroup {
  readonly stream: string;
  readonly consumer: string;
  readonly options: CompleteConsumerOptions;
  readonly partitions: number;
  /** By what stands before partition and key in the subject: `evt.…` for an event, `rty.…` for a repetition. */
  readonly bindings: ReadonlyMap<string, EventBinding>;
}

/**
 * Sorts the bindings of a worker into groups.
 *
 * @throws TypeError when two bindings of a group differ in their options, or handle the same event.
 */
export function groupBindings(bindings: readonly EventBinding[]): ConsumerGroup[] {
  const groups = Map.groupBy(
    bindings,
    ({ contract, options }) => `${contract.stream.name} ${options.consumer}`,
  );
  return [...groups.values()].map((members) => {
    const { contract, options } = members[0] as EventBinding;
    const stream = contract.stream.name;
    const { consumer } = options;
    const byBase = new Map<string, EventBinding>();
    for (const binding of members) {
      checkSameOptions(options, binding);
      if (options.orderByKey && binding.contract.readKey === undefined) {
        throw new TypeError(
          `consumer ${consumer}: ${binding.contract.type} has no key to order by; give its option "key"`,
        );
      }
      const { base, type } = binding.contract;
      if (byBase.has(base)) throw new TypeError(`consumer ${consumer} handles ${type} twice`);
      byBase.set(base, binding);
      byBase.set(retryBase(stream, consumer, base), binding);
    }
    return { stream, consumer, options, partitions: contract.stream.partitions, bindings: byBase };
  });
}

function checkSameOptions(
  options: CompleteConsumerOptions,
  { options: other, contract }: EventBinding,
): void {
  for (const name of Object.keys(options) as (keyof CompleteConsumerOptions)[]) {
    if (isSame(options[name], other[name])) continue;
    throw new TypeError(
      `consumer ${options.consumer}: ${name} is ${options[name]} for one event and ${other[name]} for ${contract.type}; events of one stream share the consumer's options`,
    );
  }
}

function isSame(a: unknown, b: unknown): boolean {
  return a instanceof Date && b instanceof Date ? a.getTime() === b.getTime() : a === b;
}

/** A JetStream consumer as a group wants it. */
export interface DurableSpec {
  readonly name: string;
  /** What it reads. */
  readonly subjects: readonly string[];
  /** Whether that is all that the stream has, so that no filter is needed. */
  readonly readsAll: boolean;
  /** What stands before partition and key in the subjects of the events that the group handles. */
  readonly bases: readonly string[];
  /** Where it begins when it is made. */
  readonly start: Partial<ConsumerConfig>;
  /** Everything else of its configuration. */
  readonly config: Partial<ConsumerConfig>;
}

const nsPerMs = 1_000_000;

/** Deliveries beyond the attempts: the broker itself gives up on an event that nobody ever reports. */
const unreportedDeliveries = 10;

/** Stands between the name of a consumer and what its durable is for. */
export const durableMark = '--';
const retryDurable = `${durableMark}retry`;

/** Whether a durable delivers repetitions for its consumer, and nothing else. */
export function deliversRetries(durable: string): boolean {
  return durable.endsWith(retryDurable);
}

/** Stands before the instance whose own consumer of every event it is. */
const broadcastMark = `${durableMark}all-`;

/** Name of the JetStream consumer of one instance that gets every event. */
export function broadcastDurable(consumer: string, instance: string): string {
  return `${consumer}${broadcastMark}${instance}`;
}

/** The instance that such a consumer belongs to; undefined for any other. */
export function instanceOfDurable(durable: string): string | undefined {
  const at = durable.indexOf(broadcastMark);
  return at < 0 ? undefined : durable.slice(at + broadcastMark.length);
}

/**
 * The durables of a group: one for the events, one for those that are repeated for this consumer alone.
 *
 * A filter costs the broker more than the rest of a delivery (6 µs of CPU per event without, 17 with one, of 1,000 keys).
 * So a consumer of all that a stream has reads it without, and passes over the repetitions for others.
 *
 * @param streamSubjects What the stream stores.
 */
export function durablesOf(
  group: ConsumerGroup,
  streamSubjects: readonly string[] = [],
): readonly [main: DurableSpec, retries: DurableSpec] {
  const { bindings, consumer, stream } = group;
  const bases = [...new Set([...bindings.values()].map(({ contract }) => contract.base))].toSorted();
  const config = durableSettings(group);
  const subjects = bases.map(allOf);
  const readsAll =
    streamSubjects.length > 0 &&
    streamSubjects.every((subject) => subjects.includes(subject) || subject === retriesOfStream(stream));
  return [
    { name: consumer, subjects, readsAll, bases, start: startFields(group.options.startFrom), config },
    {
      name: `${consumer}${retryDurable}`,
      subjects: [retriesOfConsumer(stream, consumer)],
      readsAll: false,
      bases: bases.map((base) => retryBase(stream, consumer, base)),
      start: startFields('beginning'),
      config,
    },
  ];
}

/** The durable of one partition of a group that keeps order. */
export function partitionDurable(group: ConsumerGroup, partition: number): DurableSpec {
  const [main] = durablesOf(group);
  return {
    ...main,
    name: `${group.consumer}${durableMark}p${partition}`,
    subjects: main.bases.map((base) => partitionOfBase(base, partition)),
    readsAll: false,
  };
}

function durableSettings({ consumer, stream, options }: ConsumerGroup): Partial<ConsumerConfig> {
  return {
    description: `consumer ${consumer} of a Busline worker`,
    ack_policy: AckPolicy.Explicit,
    // No `backoff`: the broker adds it to the delay of a nak.
    ack_wait: options.ackWaitMs * nsPerMs,
    max_deliver: options.maxAttempts + unreportedDeliveries,
    max_ack_pending: options.maxUnacknowledged,
    replay_policy: ReplayPolicy.Instant,
    metadata: { [consumerKey]: consumer, [streamKey]: stream },
  };
}

function startFields(startFrom: StartFrom): Partial<ConsumerConfig> {
  if (startFrom === 'now') return { deliver_policy: DeliverPolicy.New };
  if (startFrom === 'beginning') return { deliver_policy: DeliverPolicy.All };
  return typeof startFrom === 'number'
    ? { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: startFrom }
    : { deliver_policy: DeliverPolicy.StartTime, opt_start_time: startFrom.toISOString() };
}

const consumerKey = 'busline.consumer';
const streamKey = 'busline.stream';
/** Bases of the events that any version of the worker handles, separated by spaces. */
const basesKey = 'busline.events';

/**
 * The configuration of a durable that is to be made.
 *
 * @param resumeAfter Place behind which it begins, whatever its options say.
 */
export function newDurable(
  { name, subjects, readsAll, bases, start, config }: DurableSpec,
  resumeAfter?: number,
): Partial<ConsumerConfig> {
  return {
    ...config,
    ...(resumeAfter === undefined ? start : startFields(resumeAfter + 1)),
    durable_name: name,
    ...(readsAll ? {} : filterFields(filtersFor(subjects))),
    metadata: { ...config.metadata, [basesKey]: bases.join(' ') },
  };
}

/**
 * What is to be changed of a durable that exists, undefined for nothing. What it reads only grows: an event that only
 * the other version of a worker handles must reach that version, and not be passed over.
 */
export function durableChanges(
  current: ConsumerConfig,
  spec: DurableSpec,
): Partial<ConsumerConfig> | undefined {
  const read = current.filter_subjects ?? (current.filter_subject ? [current.filter_subject] : []);
  // One without a filter reads everything already.
  const filters = read.length === 0 ? [] : filtersFor([...read, ...spec.subjects]);
  const known = handledBases(current);
  const bases = [...new Set([...known, ...spec.bases])].toSorted();
  const { ack_wait, max_deliver, max_ack_pending } = spec.config;
  const same =
    filters.join() === read.toSorted().join() &&
    bases.length === known.length &&
    current.ack_wait === ack_wait &&
    current.max_deliver === max_deliver &&
    current.max_ack_pending === max_ack_pending;
  if (same) return undefined;
  return {
    ...(filters.length > 0 && filterFields(filters)),
    ack_wait,
    max_deliver,
    max_ack_pending,
    metadata: { ...spec.config.metadata, [basesKey]: bases.join(' ') },
  } as Partial<ConsumerConfig>;
}

/** The consumer that a durable belongs to; undefined for one of somebody else's. */
export function consumerOfDurable({ metadata }: ConsumerConfig): string | undefined {
  return metadata?.[consumerKey];
}

/** Bases of the events that some version of the worker handles. */
export function handledBases({ metadata }: ConsumerConfig): string[] {
  return (metadata?.[basesKey] ?? '').split(' ').filter((base) => base !== '');
}

/** The broker takes either a list or one; one is what it reads fast. */
function filterFields(filters: readonly string[]): Partial<ConsumerConfig> {
  const [only, ...others] = filters;
  return others.length === 0 && only !== undefined
    ? { filter_subject: only }
    : { filter_subjects: [...filters] };
}
