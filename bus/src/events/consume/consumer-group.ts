import { AckPolicy, type ConsumerConfig, DeliverPolicy, ReplayPolicy } from '@nats-io/jetstream';
import { allOf, retryBase } from '../contract/event-subject.ts';
import type { CompleteConsumerOptions } from './consumer-options.ts';
import type { EventBinding } from './on.ts';

/** Bindings that share a durable: those of one consumer in one stream. */
export interface ConsumerGroup {
  readonly stream: string;
  readonly consumer: string;
  readonly options: CompleteConsumerOptions;
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
      const { base, type } = binding.contract;
      if (byBase.has(base)) throw new TypeError(`consumer ${consumer} handles ${type} twice`);
      byBase.set(base, binding);
      byBase.set(retryBase(stream, consumer, base), binding);
    }
    return { stream, consumer, options, bindings: byBase };
  });
}

function checkSameOptions(
  options: CompleteConsumerOptions,
  { options: other, contract }: EventBinding,
): void {
  for (const name of Object.keys(options) as (keyof CompleteConsumerOptions)[]) {
    if (options[name] === other[name]) continue;
    throw new TypeError(
      `consumer ${options.consumer}: ${name} is ${options[name]} for one event and ${other[name]} for ${contract.type}; events of one stream share the consumer's options`,
    );
  }
}

/** A JetStream consumer as a group wants it. */
export type DurableConfig = Partial<ConsumerConfig> & {
  readonly durable_name: string;
  readonly filter_subjects: string[];
};

const nsPerMs = 1_000_000;

/** Deliveries beyond the attempts: the broker itself gives up on an event that nobody ever reports. */
const unreportedDeliveries = 10;

/** The durable of a group. */
export function durableConfig({ bindings, consumer, stream, options }: ConsumerGroup): DurableConfig {
  return {
    durable_name: consumer,
    description: `consumer ${consumer} of a Busline worker`,
    filter_subjects: [...new Set([...bindings.keys()].map(allOf))].toSorted(),
    ack_policy: AckPolicy.Explicit,
    // No `backoff`: the broker adds it to the delay of a nak.
    ack_wait: options.ackWaitMs * nsPerMs,
    max_deliver: options.maxAttempts + unreportedDeliveries,
    max_ack_pending: options.maxUnacknowledged,
    deliver_policy: options.startFrom === 'now' ? DeliverPolicy.New : DeliverPolicy.All,
    replay_policy: ReplayPolicy.Instant,
    metadata: { 'busline.consumer': consumer, 'busline.stream': stream },
  };
}

/**
 * What is to be changed of a durable that exists. Filters are only added: an event that only the other version of a
 * worker handles must reach that version, and not be passed over.
 */
export function durableChanges(
  current: ConsumerConfig,
  wanted: DurableConfig,
): Partial<ConsumerConfig> | undefined {
  const filters = current.filter_subjects ?? (current.filter_subject ? [current.filter_subject] : []);
  const missing = wanted.filter_subjects.filter((filter) => !filters.includes(filter));
  const same =
    missing.length === 0 &&
    current.ack_wait === wanted.ack_wait &&
    current.max_deliver === wanted.max_deliver &&
    current.max_ack_pending === wanted.max_ack_pending;
  if (same) return undefined;
  return {
    filter_subjects: [...filters, ...missing],
    ack_wait: wanted.ack_wait,
    max_deliver: wanted.max_deliver,
    max_ack_pending: wanted.max_ack_pending,
  } as Partial<ConsumerConfig>;
}
