import type { ConsumerConfig } from '@nats-io/jetstream';
import { ApiError } from './api-error.ts';

const nsPerSecond = 1_000_000_000;

/** A configuration with the server's defaults filled in. */
export function completeConsumer(config: Partial<ConsumerConfig>): ConsumerConfig {
  const acks = config.ack_policy !== undefined && config.ack_policy !== 'none';
  const isPull = config.deliver_subject === undefined;
  const defaults = {
    deliver_policy: 'all',
    ack_policy: 'none',
    replay_policy: 'instant',
    max_deliver: -1,
    num_replicas: 0,
    ...(acks && { ack_wait: 30 * nsPerSecond, max_ack_pending: 1_000 }),
    ...(isPull && { max_waiting: 512 }),
    ...(config.durable_name === undefined && { inactive_threshold: 5 * nsPerSecond }),
  };
  const given = Object.fromEntries(
    Object.entries(config).filter(
      ([name, value]) => value !== undefined && !(value === 0 && unlimited.has(name)),
    ),
  );
  const complete = { ...defaults, ...given } as unknown as ConsumerConfig;
  if (config.backoff !== undefined && config.backoff.length > 0) {
    const last = config.backoff[0] ?? 0;
    return { ...complete, ack_wait: last };
  }
  if (complete.filter_subject !== undefined && complete.filter_subjects !== undefined) {
    throw new ApiError(400, 10136, 'consumer cannot have both FilterSubject and FilterSubjects specified');
  }
  return complete;
}

const unlimited: ReadonlySet<string> = new Set(['max_deliver', 'ack_wait', 'max_ack_pending', 'max_waiting']);

/** Patterns of what a consumer reads; none for everything. */
export function filtersOf({
  filter_subject: one,
  filter_subjects: several,
}: ConsumerConfig): readonly string[] {
  return several ?? (one === undefined || one === '' ? [] : [one]);
}
